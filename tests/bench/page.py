"""The table and the chart of docs/performance.md."""
import html
import time

MARKS = "<!-- From here on written by `tests/bench/run --write`. -->", "<!-- To here. -->"
# Heading, figure, factor and digits of each row.
ROWS = [
    ("first bounce with start, 128 MB, ms", "cold_128", 1e3, 0),
    ("first bounce with start, 256 MB, ms", "cold_256", 1e3, 0),
    ("start, ms", "start", 1e3, 0),
    ("bounce, 128 MB, ms", "bounce_128", 1e3, 1),
    ("bounce, 256 MB, ms", "bounce_256", 1e3, 1),
    ("bounce without pauses, 128 MB, ms", "bounce_loop_128", 1e3, 1),
    ("bounce, 128 MB, without AWS's time, ms", "bounce_added_128", 1e3, 1),
    ("delivery, 128 MB, ms", "delivery_128", 1e3, 1),
    ("delivery, 256 MB, ms", "delivery_256", 1e3, 1),
    ("delivery, 128 MB, without AWS's time, ms", "delivery_added_128", 1e3, 1),
    ("mail of 4 MB of text, 256 MB, ms", "text", 1e3, 0),
    ("mail of 4 MB with a random attachment, 256 MB, ms", "attachment", 1e3, 0),
    ("CPU of a start, ms", "start_cpu", 1e3, 1),
    ("CPU of a bounce, ms", "bounce_cpu", 1e3, 2),
    ("CPU of a bounce without pauses, ms", "bounce_cpu_loop", 1e3, 2),
    ("CPU of a delivery, ms", "delivery_cpu", 1e3, 2),
    ("CPU of a delivery without pauses, ms", "delivery_cpu_loop", 1e3, 2),
    ("memory, MB", "peak", 1e-6, 1),
    ("memory with the attachment, MB", "attachment_peak", 1e-6, 1),
    ("program, MB", "size", 1e-6, 1),
    ("calls to AWS for a bounce", "bounce_calls", 1, 0),
    ("compute for a million bounces at 128 MB, dollars", "dollars", 1, 2),
]
CHARTS = [("First bounce with start at 128 MB, ms", "cold_128", None), ("Bounce at 128 MB, ms", "bounce_128", "bounce_added_128"),
          ("Delivery at 128 MB, ms", "delivery_128", "delivery_added_128")]
OURS = "mailhooks"


def goals(figures):
    """Name, figure and limit of each goal."""
    ours = figures[OURS]
    slowest = max(ours["cold_128"] / figures[name]["cold_128"] for name in ("ordinary Rust", "Node", "Python"))
    return [
        ("bounce at 128 MB, without AWS's time, ms", 1e3 * ours["bounce_added_128"], 2),
        ("delivery at 128 MB, without AWS's time, ms", 1e3 * ours["delivery_added_128"], 1.2),
        ("first bounce with start at 128 MB, ms", 1e3 * ours["cold_128"], 30),
        ("the same, as a part of that of ordinary Rust, Node and Python", slowest, 1 / 15),
        ("CPU of a start, ms", 1e3 * ours["start_cpu"], 4),
        ("program, MB", ours["size"] / 1e6, 5.5),
        ("memory, MB", ours["peak"] / 1e6, 8.5),
        ("mail of 4 MB with a random attachment at 256 MB, ms", 1e3 * ours["attachment"], 600),
        ("compute for a million bounces at 128 MB, dollars", ours["dollars"], 0.06),
    ]


def replaced(page, text):
    """The page with this text between the marks."""
    return f"{page.partition(MARKS[0])[0]}{MARKS[0]}\n\n{text}\n{MARKS[1]}{page.partition(MARKS[1])[2]}"


def report(figures):
    """The figures and the goals as Markdown."""
    model = next((line.partition(": ")[2] for line in open("/proc/cpuinfo") if line.startswith("model name")), "an unnamed processor")
    lines = [f"Measured on {time.strftime('%d %B %Y')} on {model.strip()}.", "", *row(["", *figures]), *row(["---"] + ["---:"] * len(figures))]
    for heading, name, factor, digits in ROWS:
        lines += row([heading, *(f"{factor * figures[program][name]:,.{digits}f}" for program in figures)])
    lines += ["", "Goals:", "", *row(["goal", "at most", "measured", ""]), *row(["---", "---:", "---:", "---"])]
    for name, figure, most in goals(figures):
        lines += row([name, f"{most:.2g}" if most < 1 else f"{most:g}", f"{figure:.3g}", "" if figure <= most else "**not reached**"])
    return "\n".join(lines) + "\n"


def row(cells):
    return [f"| {' | '.join(cells)} |"]


LEFT, WIDTH, BAR, GAP = 130, 470, 18, 40
COLOUR, OF_AWS, OTHER = "#2f6f4f", "#c9c9c9", "#7a8aa0"


def draw(figures):
    """Draws bars as SVG, on white so that they are legible on light and dark pages. AWS's part of a webhook is grey."""
    height = sum(GAP + len(figures) * BAR for _ in CHARTS) + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 70} {height}" width="{LEFT + WIDTH + 70}" height="{height}" '
             'font-family="sans-serif" font-size="12" role="img">',
             f"<title>{html.escape('; '.join(title for title, *_ in CHARTS))}</title>", '<rect width="100%" height="100%" fill="#fff"/>']
    y = 0
    for title, name, added in CHARTS:
        y += 22
        note = " (grey: AWS's part)" if added else ""
        parts.append(f'<text x="8" y="{y}" font-weight="bold">{title}{note}</text>')
        y += GAP - 22 - 8
        scale = WIDTH / max(rows[name] for rows in figures.values())
        for program, rows in figures.items():
            own = scale * (rows[added] if added else rows[name])
            total = scale * rows[name]
            parts.append(f'<text x="8" y="{y + 12}">{program}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{max(own, 1):.1f}" height="{BAR - 4}" fill="{COLOUR if program == OURS else OTHER}"/>')
            if added:
                parts.append(f'<rect x="{LEFT + own:.1f}" y="{y}" width="{max(total - own, 0):.1f}" height="{BAR - 4}" fill="{OF_AWS}"/>')
            parts.append(f'<text x="{LEFT + total + 6:.1f}" y="{y + 12}">{1e3 * rows[name]:,.{0 if rows[name] > 0.1 else 1}f}</text>')
            y += BAR
        y += 8
    return "\n".join(parts + ["</svg>"]) + "\n"
