"Every notebook runs from top to bottom in a real kernel and says again what it says on the page"
import re, shutil
import nbformat, pytest
from nbclient import NotebookClient
from notebooks import cells, name_of, nbs, pages, root


# A training rounds in other places where the processor has other instructions, and its third digit follows: pages are written and
# compared with the instructions that all x86 processors of the last ten years have. CONTRIBUTING.md says how to write one.
same_arithmetic = dict(ATEN_CPU_CAPABILITY='avx2', ONEDNN_MAX_CPU_ISA='AVX2', OPENBLAS_CORETYPE='Haswell')


@pytest.fixture(scope='session')
def project(tmp_path_factory):
    "A copy of the notebooks and of the files beside them: a run changes nothing in the project"
    copy = tmp_path_factory.mktemp('project')
    for path in root.iterdir():
        if path.is_file() and path.suffix in ('.toml', '.ini', '.md', '.cff', '.yml'): shutil.copy(path, copy)
    shutil.copytree(nbs, copy/'nbs', ignore=shutil.ignore_patterns('.*', '_*', 'runs'))
    return copy


def run(notebook, folder, left_out):
    "Run all cells but those left out, in a new kernel that stands in the folder of the notebook"
    for c, out in zip(notebook.cells, left_out):
        if out: c.cell_type = 'raw'
    NotebookClient(notebook, timeout=600, kernel_name='python3', resources=dict(metadata=dict(path=str(folder)))).execute()


def said(outputs):
    "What the outputs of a cell say in plain text; progress bars and addresses in memory are no part of it"
    outputs = [o for o in outputs if 'application/vnd.jupyter.widget-view+json' not in o.get('data', {})]
    parts = [''.join(o['text']) for o in outputs if o.get('name') == 'stdout']
    parts += [''.join(o['data']['text/plain']) for o in outputs if 'text/plain' in o.get('data', {})]
    return re.sub(r' at 0x[0-9a-f]+', '', '\n'.join(parts)).rstrip()


@pytest.fixture(scope='session')
def models(tmp_path_factory):
    "Models that pages fetch or unpack: once for all of them"
    return tmp_path_factory.mktemp('models')


@pytest.mark.parametrize('page', pages, ids=name_of)
def test_notebook_says_it_again(page, project, models, tmp_path, monkeypatch):
    monkeypatch.setenv('FINETUNE_NB_CACHE', str(tmp_path/'cache'))      # what one page kept must not show on the next
    (tmp_path/'cache').mkdir()
    for k, v in same_arithmetic.items(): monkeypatch.setenv(k, v)
    (tmp_path/'cache'/'models').symlink_to(models)
    copy = project/page.relative_to(root)
    new, old = nbformat.read(copy, 4), cells(page)
    left_out = [c.never_runs or 'slow' in c.directives for c in old]
    run(new, copy.parent, left_out)
    for before, after, out in zip(old, new.cells, left_out):
        if before.kind != 'code' or out: continue
        if 'varies' in before.directives: assert bool(before.outputs) == bool(after.outputs), before.source
        else: assert said(after.outputs) == said(before.outputs), before.source
