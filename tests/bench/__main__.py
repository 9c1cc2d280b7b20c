"""Measures what a webhook costs. Run by tests/bench/run."""
import argparse
import pathlib
import sys
import tempfile

import count
import page
import times
from times import Program

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        if options.gate:
            rows = count.Bench(pathlib.Path(folder), options).rows()
            print(count.table(rows))
            sys.exit(1 if count.check(count.ratios(rows, options)) else 0)
        figures = times.measure(pathlib.Path(folder), programs(options), options.rounds, options.webhooks)
    report = page.report(figures)
    print(report)
    if options.write:
        path = ROOT / "docs/performance.md"
        path.write_text(page.replaced(path.read_text(), report))
        (ROOT / "docs/performance.svg").write_text(page.draw(figures))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gate", action="store_true", help="count instructions and check their limits, instead of measuring times")
    parser.add_argument("--write", action="store_true", help="write the table and the chart into docs")
    parser.add_argument("--rounds", type=int, default=15, metavar="NUMBER", help="starts of each program at each size")
    parser.add_argument("--webhooks", type=int, default=100, metavar="NUMBER", help="webhooks of each kind in each of three turns")
    parser.add_argument("--functions", type=pathlib.Path, required=True)
    parser.add_argument("--yardsticks", type=pathlib.Path, required=True)
    parser.add_argument("--peers", type=pathlib.Path, required=True, help="folder with the peers, as tests/bench/run builds them")
    return parser.parse_args()


def programs(options):
    """The programs, started as on Lambda: Node and Python by the runtime client with the name of the handler."""
    ours = {name: options.functions.absolute() / name / "bootstrap" for name in ("jetemail", "getmailer")}
    peers = options.peers.absolute()
    node, python = peers / "node", peers / "python"
    of_python = ROOT / "tests/bench/peers/python"
    return [
        Program("mailhooks", [str(ours["jetemail"])], size(ours["jetemail"]), getmailer=[str(ours["getmailer"])]),
        Program("Go", [str(peers / "go/bootstrap")], size(peers / "go/bootstrap")),
        Program("ordinary Rust", [str(peers / "lambda/ordinary/bootstrap")], size(peers / "lambda/ordinary/bootstrap")),
        Program("Node", ["node", "node_modules/aws-lambda-ric/bin/index.mjs", "bundle.handler"], size(node / "bundle.mjs"), node),
        Program("Python", [str(python / "bin/python"), "-B", "-m", "awslambdaric", "main.handler"], size(of_python / "main.py"), of_python),
    ]


def size(path):
    return path.stat().st_size


main()
