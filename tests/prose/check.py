"""Checks the wording and the links of the files given as arguments. Run by tests/prose/run.

Searches documents for the phrases of words.tsv outside code blocks and code spans, and source files in comments and strings."""
import pathlib
import re
import sys
import unicodedata
import urllib.parse

HERE = pathlib.Path(__file__).parent
LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")


def main():
    phrases = [line.split("\t") for line in (HERE / "words.tsv").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    phrases = [(re.compile(phrase, re.IGNORECASE), instead) for phrase, instead in phrases]
    found = []
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        text = path.read_text(encoding="utf-8")
        parts = prose if path.suffix == ".md" else comments
        for number, line in parts(text):
            found += [f"{name}:{number}: “{match[0]}”: {instead}" for phrase, instead in phrases for match in phrase.finditer(line)]
        if path.suffix == ".md":
            found += broken_links(path, text)
    print("\n".join(found))
    sys.exit(1 if found else 0)


def prose(text):
    """The lines of a document without code."""
    for number, line in outside_code(text):
        yield number, re.sub(r"``.*?``|`[^`]*`|<[^>]*>|\]\([^)]*\)", "`…`", line)


def comments(text):
    """The comments and strings of each line of source."""
    for number, line in enumerate(text.splitlines(), 1):
        yield number, " ".join(re.findall(r"(?:(?<!:)//|^\s*#|\s#\s|^\s*\*).*|\"(?:[^\"\\]|\\.)*\"", line))


def broken_links(path, text):
    """Relative links to files or headings that do not exist."""
    for number, line in outside_code(text):
        for target in LINK.findall(line):
            target, _, anchor = urllib.parse.unquote(target).partition("#")
            if ":" in target:
                continue
            file = (path.parent / target) if target else path
            if not file.exists():
                yield f"{path}:{number}: links to {target}, which does not exist"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield f"{path}:{number}: links to {target}#{anchor}, a heading that does not exist"


def outside_code(text):
    fence = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fence = not fence
        elif not fence:
            yield number, line


def anchors(path):
    """The anchors that GitHub generates for the headings of a document."""
    headings = [line.lstrip("#").strip() for _, line in outside_code(path.read_text(encoding="utf-8")) if re.match(r"#+ ", line)]
    kept = ("".join(c for c in heading.lower() if c in " -_" or unicodedata.category(c)[0] in "LN") for heading in headings)
    return {name.replace(" ", "-") for name in kept}


main()
