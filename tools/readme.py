"""Make README.md from nbs/index.ipynb: the same cells as Markdown, with links that also work on GitHub and PyPI.
Make finetune_nb/__init__.pyi, too: the public names, for editors and for the package itself.

    python tools/readme.py            write README.md, the pictures it shows, and the stub
    python tools/readme.py --check    write nothing; exit 1 if a file is not what would be written"""
import base64, json, posixpath, re, sys
from pathlib import Path
from nbdev.config import get_config, nbpath2html
import stub

root = Path(__file__).parents[1]
config = get_config(root)
index = config.nbs_path/config.readme_nb
pictures = root/'nbs/images'
note = '<!-- Made from nbs/index.ipynb by tools/readme.py. Edit the notebook. -->\n\n'


def absolute(url, is_picture=False):
    "The address of a link as it stands in the notebook, seen from anywhere"
    if re.match(r'[a-z]+:|#', url): return url
    path, _, anchor = url.partition('#')
    inside = posixpath.normpath(posixpath.join('nbs', path))
    if is_picture: return f'{config.git_url}/raw/{config.branch}/{inside}'
    if path.endswith(('.ipynb', '.html')):
        page = nbpath2html(Path(path)).as_posix()
        return config.doc_url + page + (f'#{anchor}' if anchor else '')
    return f'{config.git_url}/blob/{config.branch}/{inside}'


def with_absolute_links(text):
    "Markdown whose links and pictures can be followed from anywhere; code blocks stay as they are"
    def mend(m): return f'{m[1]}[{m[2]}]({absolute(m[3], bool(m[1]))})'
    parts = re.split(r'(^```.*?^```)', text, flags=re.M | re.S)
    return ''.join(o if o.startswith('```') else re.sub(r'(!?)\[([^\]]*)\]\(([^)\s]+)\)', mend, o) for o in parts)


def fenced(text, language=''): return f'```{language}\n{text.rstrip()}\n```'


def shown(outputs, files):
    "The outputs of one cell as Markdown; pictures go into `files`, by name"
    for o in outputs:
        data = {k: ''.join(v) for k, v in o.get('data', {}).items()}
        if o.get('name') == 'stdout': yield fenced(''.join(o['text']))
        elif 'image/png' in data:
            name = f'index_{len(files) + 1}.png'
            files[name] = base64.b64decode(data['image/png'])
            yield f"![]({absolute(f'images/{name}', is_picture=True)})"
        elif 'text/markdown' in data: yield with_absolute_links(data['text/markdown'])
        elif 'text/plain' in data: yield fenced(data['text/plain'])


def make():
    "The text of README.md, and its pictures by file name"
    parts, files = [], {}
    for c in json.loads(index.read_text(encoding='utf-8'))['cells']:
        source = ''.join(c['source'])
        directives = dict(re.findall(r'^#\|\s*([\w-]+):?\s*(.*)$', source, re.M))
        if 'hide' in directives or directives.get('include') == 'false': continue
        body = re.sub(r'^#\|.*\n?', '', source, flags=re.M)
        if c['cell_type'] == 'markdown': parts.append(with_absolute_links(source))
        if c['cell_type'] == 'code':
            if directives.get('echo') != 'false': parts.append(fenced(body, 'python'))
            parts += shown(c.get('outputs', []), files)
    return note + '\n\n'.join(parts) + '\n', files


def main():
    text, files = make()
    targets = {root/'README.md': text.encode(), root/'finetune_nb/__init__.pyi': stub.make().encode()}
    targets |= {pictures/k: v for k, v in files.items()}
    stale = [p for p, wanted in targets.items() if not p.exists() or p.read_bytes() != wanted]
    if '--check' in sys.argv:
        if stale: sys.exit(f"not in step with the notebooks: {', '.join(p.name for p in stale)}. Run: python tools/readme.py")
        return
    if files: pictures.mkdir(exist_ok=True)
    for p in stale: p.write_bytes(targets[p])
    print('written:', ', '.join(p.name for p in stale) or 'nothing, all was in step')


if __name__ == '__main__': main()
