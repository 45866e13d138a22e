"""Build the website with nbdev and smalldocs, without Quarto, and check every internal link and anchor.

    python tools/website.py            build into _docs/, then check; exit 1 with a list of what is wrong
    python tools/website.py --check    check what _docs/ holds already
    python tools/website.py --search "early stopping"      the pages that the search box of the site finds, best first"""
import json, os, re, shutil, subprocess, sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

root = Path(__file__).parents[1]
site = root/'_docs'


# Build

def stage():
    "Let nbdev prepare the notebooks for a website, in _proc/"
    from nbdev.quarto import refresh_quarto_yml
    from nbdev.serve import proc_nbs
    refresh_quarto_yml()
    return proc_nbs(n_workers=2, force=True)


def render(staged):
    "Let smalldocs make the pages of what was staged, and put them where the site is kept"
    from nbdev.config import get_config
    shutil.rmtree(site, ignore_errors=True)
    subprocess.run([sys.executable, '-m', 'smalldocs.cli', 'render', staged], check=True)
    shutil.move(staged/get_config().doc_path.name, site)


def rename_pages():
    "Give pages the names that nbdev's links use (40_rates.html becomes rates.html), and make links to this site relative"
    from nbdev.config import get_config, nbpath2html
    new = {p: p.with_name(nbpath2html(p).name) for p in site.rglob('*.html')}
    assert len(set(new.values())) == len(new), 'two notebooks would become one page'
    names = {p.name: q.name for p, q in new.items() if p.name != q.name}
    for p, q in new.items(): p.rename(q)
    for p in [*site.rglob('*.html'), *site.rglob('*.json'), *site.rglob('*.xml')]:
        old = text = p.read_text(encoding='utf-8')
        text = re.sub(r'(?<=["/>])(\w+\.html)(?=["#?<])', lambda m: names.get(m[1], m[1]), text)
        if p.suffix == '.html': text = text.replace(f'href="{get_config().doc_url}', f'href="{os.path.relpath(site, p.parent)}/')
        if text != old: p.write_text(text, encoding='utf-8')


# Check

class Page(HTMLParser):
    "The anchors of one page, what it links to, and what stands in view"
    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = {'', 'top'}, []
        self.open, self.in_view, self.code, self.unfolded = [], [], [], 0
        self.feed(path.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs[k] for k in ('id', 'name') if attrs.get(k)}
        self.links += [attrs[k] for k in ('href', 'src') if attrs.get(k)]
        if tag == 'details' and 'code-fold' in (attrs.get('class') or ''):
            self.unfolded += 'open' in attrs
        if tag == 'pre':
            self.code.append('')
        if tag in ('pre', 'code', 'script', 'style'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            self.open = self.open[:len(self.open) - 1 - self.open[::-1].index(tag)]

    def handle_data(self, data):
        if 'pre' in self.open:
            self.code[-1] += data
        explains = 'code' in self.open and 'pre' not in self.open           # a directive named in a sentence
        if not explains and not {'script', 'style'} & set(self.open):
            self.in_view.append(data)


def broken_links():
    "Each internal link that leads to no file or to no anchor, with the page that has it"
    pages = {p.resolve(): Page(p) for p in sorted(site.rglob('*.html'))}
    for path, page in pages.items():
        for link in page.links:
            url = urlsplit(link)
            if url.scheme or url.netloc: continue
            target = (path.parent/unquote(url.path)).resolve() if url.path else path
            if target.is_dir(): target /= 'index.html'
            if not target.is_file() or site.resolve() not in target.parents: yield path, link, 'no such file'
            elif target in pages and unquote(url.fragment) not in pages[target].anchors: yield path, link, 'no such anchor'


def missing_pages():
    "Notebooks that became no page, or a page that the sidebar does not name"
    from nbdev.config import nbpath2html
    home = site/'index.html'
    named = {unquote(urlsplit(link).path).removeprefix('./') for link in Page(home).links} | {home.name}
    for p in sorted((root/'nbs').rglob('*.ipynb')):
        inside = p.relative_to(root/'nbs')
        if any(part[0] in '._' for part in inside.parts): continue
        page = nbpath2html(inside)
        if not (site/page).is_file(): yield f'{inside}: has no page'
        elif page.as_posix() not in named: yield f'{inside}: give it a place in the sidebar, in _quarto.yml'


def directives_in_view():
    "Pages on which a reader sees a directive of nbdev or Quarto, or the source of the package unfolded"
    for p in sorted(site.rglob('*.html')):
        page = Page(p)
        for found in re.findall(r'#\|[^\n]*', ''.join(page.in_view)):
            yield f'{p.relative_to(site)}: a directive stands in view: {found[:80]}'
        if page.unfolded:
            yield f'{p.relative_to(site)}: {page.unfolded} exported cells are not folded'


def names_without_signature():
    "Public functions and methods whose page does not show how one calls them"
    from nbdev.config import nbpath2html
    from finetune_nb._modidx import d as index
    pages = {p.stem: Page(p) for p in site.glob('*.html')}
    for module, names in index['syms'].items():
        page = pages[nbpath2html(Path(module.rpartition('.')[2] + '.ipynb')).stem]
        shown = '\n' + '\n'.join(page.code)
        for name in (name.removeprefix(f'{module}.') for name in names):
            if any(part.startswith('_') for part in name.split('.')):
                continue
            call = name if '.' in name else f'{name}('             # a property is not called
            if name.lower() not in page.anchors:
                yield f'{module}: {name} has no place on its page'
            elif ('.' in name or name[0].islower()) and f'\n{call}' not in shown:
                yield f'{module}: {name} does not show how to call it'


# Search

# What a reader types into the search box, and the pages of which one must come first
first_pages = {
    'early stopping': 'stages',
    'discriminative learning rates': 'learning_rates',
    'gradual unfreezing': 'groups recipe',
    'linear probe': 'heads',
    'label errors': 'label_quality',
    'near duplicates': 'duplicates',
    'data leakage': 'split explanations/leaks',
    'class imbalance': 'split explanations/balance',
    'text generation': 'causal_lm',
    'perplexity': 'lm_eval',
    'confidence interval': 'metrics',
    'mixed precision': 'learner',
    'checkpoint': 'checkpoints',
    'resume': 'resume',
}

# The search of smalldocs: its index and its library, with the options that stand in its smalldocs.js
search_script = """
const [library, index, ...queries] = process.argv.slice(1)
const entries = JSON.parse(require('fs').readFileSync(index))
const keys = [{name: 'title', weight: 2}, {name: 'section', weight: 2}, {name: 'text', weight: 1}]
const fuse = new (require(library))(entries, {keys, ignoreLocation: true, threshold: 0.3, minMatchCharLength: 2})
console.log(JSON.stringify(queries.map(q => fuse.search(q, {limit: 20}).map(h => h.item.href))))
"""


def search(*queries):
    "For each query the pages that the search box finds, best first; None when Node.js is not here"
    if not shutil.which('node'):
        return None
    library = site/'site_libs/fuse/fuse.min.js'
    command = ['node', '-e', search_script, str(library), str(site/'search.json'), *queries]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [list(dict.fromkeys(href.partition('#')[0] for href in hits)) for hits in json.loads(done.stdout)]


def terms_not_found():
    "Each term whose page does not come first in the search of the site, with what came"
    found = search(*first_pages)
    if found is None:
        print('search was not checked: it needs Node.js')
        return
    for (term, wanted), pages in zip(first_pages.items(), found):
        if not pages or pages[0].removesuffix('.html') not in wanted.split():
            came = ', '.join(pages[:3]) or 'nothing'
            yield f"search for '{term}' finds {came} before {' or '.join(wanted.split())}"


def main():
    os.chdir(root)
    if '--search' in sys.argv:
        query = ' '.join(sys.argv[sys.argv.index('--search') + 1:])
        found = search(query)
        if found is None: sys.exit('search needs Node.js')
        print('\n'.join(found[0]))
        return
    if '--check' not in sys.argv:
        render(stage())
        rename_pages()
    faults = [f'{path.relative_to(site.resolve())}: {link}: {why}' for path, link, why in broken_links()]
    faults += [*missing_pages(), *directives_in_view(), *names_without_signature(), *terms_not_found()]
    if faults: sys.exit('\n'.join(faults))
    print(f"{len(list(site.rglob('*.html')))} pages in {site.name}/, every internal link and anchor found")


if __name__ == '__main__': main()
