"The words that the glossary replaces stand nowhere else"
import json
import re
import pytest
from notebooks import pages, root

old_words = [
    'a model that writes', 'models that write', 'texts to be written', 'texts to be named',
    'second opinion', 'vouch', 'suspect label', 'one thing, two labels', 'tiny label',
    'odd one out', 'names alike', 'near-cop', 'near copies', 'named wrongly', 'kept views',
    'foresee', 'waver', 'to choose by', 'to judge by', 'solved head', 'the line between',
]
pattern = re.compile('|'.join(old_words), re.I)
texts = [p for folder in ('tests', 'tools', 'bench') for p in sorted((root/folder).rglob('*.py'))]
texts += [root/'README.md', root/'CONTRIBUTING.md', root/'settings.ini']


def words_of(path):
    "What a page says, its outputs included, or the text of a file"
    if path.suffix != '.ipynb':
        return path.read_text(encoding='utf-8')
    cells = json.loads(path.read_text(encoding='utf-8'))['cells']
    return '\n'.join(''.join(c['source']) + json.dumps(c.get('outputs', [])) for c in cells)


@pytest.mark.parametrize('path', [p for p in pages if p.stem != 'glossary'] + texts, ids=lambda p: p.stem)
def test_no_word_of_before(path):
    if path.name == 'test_words.py':
        return
    text = re.sub(r'"image/png": "[^"]*"', '', words_of(path))
    assert not (found := set(pattern.findall(text))), f'{path.name}: {found}; the glossary has the term of today'
