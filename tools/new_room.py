"""Write the notebook of a new room: a page that passes the form tests and waits for its contents.

    python tools/new_room.py 37 embeddings "Embeddings" "A vector for each item, from any layer"

The number gives the package: 37 stands in the decade of `analysis`, so the notebook
nbs/37_embeddings.ipynb exports the module finetune_nb/analysis/embeddings.py.
Nothing that exists is overwritten."""
import argparse
import hashlib
import json
import keyword
import re
import sys
from pathlib import Path

root = Path(__file__).parents[1]
sys.path.insert(0, str(root/'tests'))
from notebooks import public_names, rooms
from test_form import heavy, packages

function = '''#| exports
def example_NAME(
    values:list, # Numbers, at least one
) -> float: # Their mean
    "The mean of some numbers"
    if not values:
        raise ValueError("values must hold a number, got none. Give at least one.")
    return math.fsum(values) / len(values)'''
example = '''test_eq(example_NAME([1, 2, 3]), 2)
example_NAME([1, 2, 4, 5])'''
refusal = '''with expect_fail(ValueError, contains='at least one'):
    example_NAME([])'''


def checked(number, name):
    "The package of a new room, or an error that says why there can be no such room"
    taken = {p.stem for p in rooms}
    modules = {k.partition('_')[2] for k in taken}
    if not re.fullmatch(r'\d\d[a-z]?', number):
        raise ValueError(f'The number must have two digits and perhaps a letter, got {number!r}. Choose one as 37 or 37a.')
    if number[0] not in packages:
        known = ', '.join(f'{k}x {package}' for k, package in packages.items())
        raise ValueError(f'No package has the decade {number[0]}x. Choose one of: {known}.')
    if not re.fullmatch(r'[a-z][a-z0-9_]*', name) or keyword.iskeyword(name):
        raise ValueError(f'The name must be a Python name in small letters, got {name!r}. '
                         'Choose one as `embeddings`.')
    if name in packages.values():
        raise ValueError(f'{name!r} is the name of a package. Choose another name.')
    if name in sys.stdlib_module_names or name in heavy:
        raise ValueError(f'{name!r} would hide a module of Python or of a library. '
                         'Choose another name.')
    if name in modules or f'example_{name}' in {k for p in rooms for k in public_names(p)}:
        raise ValueError(f'There is a room {name!r} already. Choose another name.')
    if number in {k.partition('_')[0] for k in taken}:
        owner = next(k for k in sorted(taken) if k.partition('_')[0] == number)
        raise ValueError(f'The number {number} belongs to {owner}. Choose a free one.')
    return packages[number[0]]


def cell(kind, source, number, *outputs):
    "One cell as a notebook keeps it; its id is the same on every run"
    id = hashlib.sha256(f'{number} {source}'.encode()).hexdigest()[:8]
    lines = source.splitlines(keepends=True)
    if kind == 'markdown':
        return dict(cell_type=kind, id=id, metadata={}, source=lines)
    return dict(cell_type=kind, execution_count=None, id=id, metadata={}, outputs=list(outputs),
                source=lines)


def template(package, name, title, promise):
    "The notebook of a new room, as a dictionary"
    result = dict(data={'text/plain': ['3.0']}, execution_count=None, metadata={},
                  output_type='execute_result')
    parts = [
        ('markdown', f'# {title}\n\n> {promise}'),
        ('code', f'#| default_exp {package}.{name}'),
        ('code', '#| export\nimport math'),
        ('code', 'from fastcore.test import expect_fail, test_eq'),
        ('markdown', '#| export\nSay here, in two to four sentences, why this module exists.'),
        ('markdown', '## The first idea'),
        ('markdown', 'Give the reason first, in one or two sentences. Then comes the function.'),
        ('code', function),
        ('markdown', 'Say what the example shows. The cell proves it.'),
        ('code', example, result),
        ('markdown', 'Say what is refused, and why.'),
        ('code', refusal),
    ]
    cells = [cell(kind, source.replace('NAME', name), i, *outputs)
             for i, (kind, source, *outputs) in enumerate(parts)]
    kernel = dict(display_name='python3', language='python', name='python3')
    return dict(cells=cells, metadata=dict(kernelspec=kernel), nbformat=4, nbformat_minor=5)


def new_room(number, name, title, promise):
    "Write the notebook of a new room; returns its path"
    package = checked(number, name)
    for what, text in dict(title=title, promise=promise).items():
        if not text.strip() or '\n' in text:
            raise ValueError(f'The {what} must be one line of text, got {text!r}.')
    path = root/'nbs'/f'{number}_{name}.ipynb'
    text = json.dumps(template(package, name, title, promise), indent=1, ensure_ascii=False)
    with open(path, 'x', encoding='utf-8', newline='\n') as file:
        file.write(text + '\n')
    return path


def main():
    parser = argparse.ArgumentParser(description='Write the notebook of a new room.')
    parser.add_argument('number', help='two digits: decade (package) and place, as 37')
    parser.add_argument('name', help='the module, in small letters, as embeddings')
    parser.add_argument('title', help="the field's term for what it does")
    parser.add_argument('promise', help='one sentence: what a reader gets from it')
    o = parser.parse_args()
    try:
        path = new_room(o.number, o.name, o.title, o.promise)
    except ValueError as error:
        sys.exit(str(error))
    print(f'{path.relative_to(root)} written. Now:\n'
          '    nbdev-export && nbdev-clean\n'
          '    python tools/readme.py && python tools/architecture.py\n'
          f'    python -m pytest -k {path.stem}')


if __name__ == '__main__':
    main()
