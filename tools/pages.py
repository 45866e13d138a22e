"""How nbdev makes a page of a notebook (named in pyproject.toml, so that nbdev-docs and tools/website.py agree).

nbdev finds this file when `tools` is on the path: PYTHONPATH=tools nbdev-docs"""
import inspect, re
from fastcore.docments import docstring
from nbdev.doclinks import NbdevLookup
from nbdev.showdoc import BasicMarkdownRenderer


class Renderer(BasicMarkdownRenderer):
    "Heading, link to the source and docstring of a public name; its parameters stand in the source shown below it"
    def _repr_markdown_(self):
        source = NbdevLookup().code(self.fn)
        link = f'[source]({source}){{style="float:right; font-size:smaller"}}\n\n' if source else ''
        members = [k for k in vars(self.sym) if k[0] != '_'] if inspect.isclass(self.sym) else []
        anchors = ''.join(f'<span id="{self.nm}.{k}"></span>'.lower() for k in members)      # nbdev links to methods, too
        return f"{link}{'#' * self.title_level} {self.nm}\n\n{anchors}\n\n*{docstring(self.sym)}*\n"


def without_directives(cell):
    "A text cell that is exported says so in its first line; no reader needs to see that"
    if cell.cell_type == 'markdown' and 'source' in cell: cell.source = re.sub(r'\A(#\|.*\n)+', '', cell.source)
