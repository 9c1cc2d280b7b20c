"""The chart of docs/performance.md: the instructions of Node and Python as multiples of ours."""

ROWS = ["start and first bounce", "bounce", "delivery", "duplicate", "bad signature", "array of 100 bounces", "mail of 4 MB"]
COLOURS = {"mailhooks": "#2f6f4f", "Node": "#b5651d", "Python": "#4a6fa5"}
LEFT, WIDTH, BAR, GAP = 190, 460, 16, 14


def draw(ours, peers):
    """Draws the chart as SVG, legible on light and dark pages."""
    series = {"mailhooks": ours} | {name: peers[name] for name in ("Node", "Python")}
    ratio = {name: [rows[row]["instructions"] / ours[row]["instructions"] for row in ROWS] for name, rows in series.items()}
    most = max(max(values) for values in ratio.values())
    height = 40 + len(ROWS) * (len(series) * BAR + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 100}" height="{height}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="#fff"/>',
             '<text x="8" y="18" font-weight="bold">User instructions of one webhook, as a multiple of ours</text>']
    y = 34
    for index, row in enumerate(ROWS):
        parts.append(f'<text x="8" y="{y + len(series) * BAR / 2 + 4:.0f}">{row}</text>')
        for name in series:
            value = ratio[name][index]
            length = max(2, WIDTH * value / most)
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR - 2}" fill="{COLOURS[name]}"/>')
            parts.append(f'<text x="{LEFT + length + 5:.0f}" y="{y + 11}">{name} {value:.0f}</text>')
            y += BAR
        y += GAP
    return "\n".join(parts + ["</svg>"]) + "\n"
