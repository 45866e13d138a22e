"The form of every notebook: what a reader may rely on"
import ast, json, re, shutil, subprocess, sys
from collections import Counter
import pytest
from notebooks import cells, is_patch, module_of, name_of, nbs, pages, public_names, root, rooms

heavy = set('umap cleanlab torch torchvision fastai timm transformers sklearn safetensors huggingface_hub onnx onnxruntime onnxscript gguf '
            'tensorboard mlflow trackio configupdater pandas pyarrow matplotlib scipy IPython ipywidgets psutil tqdm fcntl msvcrt resource finetune_nb'.split())

packages = dict(zip('012345678', 'base data model analysis training evaluation deploy panels cli'.split()))     # decade: package
homes = {'27_feature_cache': 'analysis', '28_feature_extraction': 'analysis', '29_label_quality': 'analysis'}     # 30 and 31 build on them
planned = set('export features models split compare search label'.split())      # no package may take these names


@pytest.fixture(params=pages, ids=name_of)
def page(request): return request.param

@pytest.fixture(params=rooms, ids=name_of)
def room(request): return request.param

def fail_with(faults): assert not faults, '\n' + '\n'.join(faults)


# The page

def test_opens_with_title_and_promise(page):
    assert re.fullmatch(r'# .+\n\n> .+', cells(page)[0].source), 'the first cell is "# Title", an empty line, "> promise"'

def test_headings_stand_alone(page):
    fail_with([c.source[:80] for c in cells(page)[1:] if c.kind == 'markdown' and re.match('#+ ', c.source) and '\n' in c.source.strip()])

def test_is_not_too_long(page):
    seen = [c for c in cells(page) if not c.exported or c.public or c.kind == 'markdown']       # private parts are folded on the site
    assert len(seen) <= 60, f'{len(seen)} cells: make it two notebooks'

def test_every_cell_has_its_text(page):
    fail_with([f'cell {i} is empty' for i, c in enumerate(cells(page)) if not c.source.strip()])

def test_no_star_imports(page):
    fail_with([o for c in cells(page) for o in c.imports if o.endswith('.*')])

def test_half_of_the_lessons_show_something(page):
    lessons = [c for c in cells(page) if c.is_lesson]
    shown = sum(bool(c.outputs) for c in lessons)
    assert shown >= len(lessons) / 2, f'{shown} of {len(lessons)} lesson cells have an output'

def test_outputs_hold_no_error(page):
    fail_with([o['ename'] for c in cells(page) for o in c.outputs if o['output_type'] == 'error'])

def test_outputs_are_for_readers(page):
    faults = [f"{c.source[:80]}: {''.join(o['text'])[:200]}" for c in cells(page) for o in c.outputs if o.get('name') == 'stderr']
    faults += [f'{c.source[:80]}: a widget is an empty hole on a page; end with a snapshot' for c in cells(page)
               for o in c.outputs if 'application/vnd.jupyter.widget-view+json' in o.get('data', {})]
    fail_with(faults)

def test_outputs_name_no_machine(page):
    place = re.compile(r'(?<![\w.:/])/(?:work|tmp|root|home|Users|opt|usr|mnt|private|var|content)/\S*|\b[A-Z]:\\\S+| at 0x[0-9a-f]{6,}')
    fail_with([m[0][:100] for c in cells(page) for text in c.texts for m in place.finditer(text)])

def test_holds_no_state_of_widgets(page):
    "nbclient and JupyterLab keep it in the notebook: megabytes, with the paths of the machine"
    assert 'widgets' not in json.loads(page.read_text(encoding='utf-8'))['metadata'], 'delete `widgets` from the metadata'

def test_only_rooms_export(page):
    if page in rooms: return
    fail_with([c.source[:80] for c in cells(page) if c.exported or 'default_exp' in c.directives])


# The room

def test_opens_as_a_module(room):
    all_cells = cells(room)
    home = next((i for i, c in enumerate(all_cells) if 'default_exp' in c.directives), None)
    assert home == 1 and not all_cells[1].tree.body, 'the second cell holds `#| default_exp name` and nothing else'
    first = next((i for i, c in enumerate(all_cells) if c.public), len(all_cells))
    assert any(c.kind == 'markdown' and c.exported for c in all_cells[:first]), 'an exported text cell says why the module exists'

def test_has_few_public_names(room):
    names = public_names(room)
    assert len(names) <= 10, f'{len(names)} public names: make it two notebooks'

def test_cells_of_public_names_hold_nothing_else(room):
    cells_of_others = [c for c in cells(room) if 'exports' in c.directives and not c.public]
    fail_with([f'{c.source[:80]}: `#| exports` is for names of `finetune_nb`; use `#| export`' for c in cells_of_others])

def test_shared_names_say_what_they_give(room):
    "What crosses the wall of a room has no underscore, so it has a docstring"
    faults = []
    for c in cells(room):
        for k, node in c.shared.items():
            is_code = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not is_patch(node)
            if is_code and not ast.get_docstring(node): faults.append(f'{k} needs a docstring')
    fail_with(faults)

def test_no_private_name_crosses_rooms(room):
    imports = [o for c in cells(room) for o in c.imports if o.startswith('finetune_nb.')]
    own = f'finetune_nb.{module_of(room)}.'                 # a lesson may look into its own room
    fail_with([o for o in imports if o.rpartition('.')[2].startswith('_') and not o.startswith(own)])

def test_exported_cells_fit_one_screen(room):
    exported = [c for c in cells(room) if c.exported and c.kind == 'code']
    fail_with([f'{len(c.source.splitlines())} lines: {c.source[:100]}' for c in exported if len(c.source.splitlines()) > 30])
    fail_with([line for c in exported for line in c.source.splitlines() if len(line) > 120])

def test_example_stands_within_three_cells(room):
    all_cells, faults = cells(room), []
    for i, c in enumerate(all_cells):
        later = [o for o in all_cells[i+1:] if not (o.exported and o.kind == 'code')]       # private parts of a function do not count
        near = set().union(*(o.uses for o in later[:3] if not o.exported and not o.never_runs))
        faults += [f'no example of {k}' for k in c.public if k not in near]
    fail_with(faults)

def test_lessons_stay_short(room):
    fail_with([f'{len(c.source.splitlines())} lines: {c.source[:100]}' for c in cells(room) if c.is_lesson and len(c.source.splitlines()) > 15])

def test_nothing_is_printed_or_pickled(room):
    for c in cells(room):
        if not c.exported: continue
        assert module_of(room) == 'cli.app' or 'print' not in c.uses, c.source[:200]
        assert not {'pickle', 'dill', 'cloudpickle', 'joblib'} & {o.split('.')[0] for o in c.imports}
        for call in (o for o in ast.walk(c.tree) if isinstance(o, ast.Call) and ast.unparse(o.func) == 'torch.load'):
            assert 'weights_only=True' in ast.unparse(call), 'torch.load only with weights_only=True'

def test_imports_stand_at_the_top(room):
    faults = []
    for c in cells(room):
        functions = (o for o in ast.walk(c.tree) if c.exported and isinstance(o, (ast.FunctionDef, ast.AsyncFunctionDef)))
        inside = {n for f in functions for n in ast.walk(f) if isinstance(n, (ast.Import, ast.ImportFrom))}
        names = {n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in inside}
        faults += [f'import {k} inside a function; only heavy or optional parts may' for k in names if k.split('.')[0] not in heavy]
    fail_with(faults)

def test_imports_point_down(room):
    number, faults = {module_of(p): p.name for p in rooms}, []
    for c in cells(room):
        for module in re.findall(r'^finetune_nb\.(?!_help\.)(\w+\.\w+)', '\n'.join(c.imports), re.M):
            other = number.get(module, '')
            if module == module_of(room) and not c.exported: continue       # a lesson may import what its own room exports
            if not other: faults.append(f'no notebook exports {module}')
            elif other >= room.name: faults.append(f'{module} has a higher number')
            elif {module_of(room).split('.')[0], module.split('.')[0]} == {'data', 'model'}: faults.append(f'data and models do not know each other: {module}')
            elif other[0] == '7' and not other.startswith('70') and not room.name.startswith('79_'): faults.append(f'nobody imports a panel: {module}')
        if c.exported and 'finetune_nb' in c.imports: faults.append('import from the module that has the name, not from the whole package')
    fail_with(faults)


# What is public

def parameters(function, is_method):
    a = function.args
    named = [*a.posonlyargs, *a.args][is_method:] + a.kwonlyargs
    return named, [o for o in (a.vararg, a.kwarg) if o]

def signature_faults(function, cell, owner=''):
    is_method = bool(owner) and 'staticmethod' not in map(ast.unparse, function.decorator_list) or is_patch(function)
    named, rest = parameters(function, is_method)
    name, comments = f'{owner}{function.name}', cell.comments
    lines = Counter(o.lineno for o in [*named, *rest, *([function.returns] if function.returns else [])])
    if len(named) > 6: yield f'{name} has {len(named)} parameters'
    for o in named + rest:
        if o in named and not o.annotation: yield f'{name}: {o.arg} has no type'
        beside = o.lineno in comments and lines[o.lineno] == 1
        above = cell.source.splitlines()[o.lineno - 2].lstrip().startswith('# ')
        if not (beside or above): yield f'{name}: {o.arg} has no comment of its own'
    yield from documentation_faults(function, cell, name)

def documentation_faults(function, cell, name):
    is_property = any(re.search(r'property|as_prop', ast.unparse(d)) for d in function.decorator_list)
    text = ast.get_docstring(function, clean=False)
    if function.name == '__init__': return
    if not text or '\n' in text: yield f'{name} needs a docstring of one line'
    if not function.returns: yield f'{name} does not say what type it returns'
    elif not is_property and ast.unparse(function.returns) != 'None' and function.returns.end_lineno not in cell.comments:
        yield f'{name} does not say what it returns'

def class_faults(node, cell):
    text = ast.get_docstring(node, clean=False)
    if not text or '\n' in text: yield f'{node.name} needs a docstring of one line'
    for o in node.body:
        if isinstance(o, ast.AnnAssign) and o.target.id[0] != '_':
            described = isinstance(o.value, ast.Call) and ast.unparse(o.value.func) == '_key'      # carries its own meaning
            if not described and o.lineno not in cell.comments: yield f'{node.name}: {o.target.id} has no comment of its own'
        if isinstance(o, ast.FunctionDef) and (o.name[0] != '_' or o.name in ('__init__', '__call__')):
            yield from signature_faults(o, cell, f'{node.name}.')

def test_public_code_is_documented(room):
    faults = []
    for c in cells(room):
        for node in c.public.values():
            if isinstance(node, ast.ClassDef): faults += class_faults(node, c)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)): faults += signature_faults(node, c)
    fail_with(faults)

def test_public_names_are_unique():
    count = Counter(k for p in rooms for k in set(public_names(p)))
    fail_with([f'{k} is public in {n} notebooks' for k, n in count.items() if n > 1])
    hidden = set(count) | planned
    assert not hidden & set(packages.values()), 'a package would hide the public function of the same name'

def test_module_is_named_as_its_notebook(room):
    package, _, module = module_of(room).rpartition('.')
    assert module == room.stem.partition('_')[2], 'call the module as the notebook, without its number'
    assert package == homes.get(room.stem, packages[room.name[0]]), 'the package is the decade of the notebook'

def test_packages_shadow_nothing():
    assert not set(packages.values()) & (set(sys.stdlib_module_names) | heavy)
    assert len({module_of(p) for p in rooms}) == len(rooms), 'two notebooks export one module'


# The notebooks and the package say the same

@pytest.fixture(scope='module')
def exported(tmp_path_factory):
    "A copy of the project in which everything was cleaned and exported again"
    copy = tmp_path_factory.mktemp('project')
    shutil.copy(root/'pyproject.toml', copy)
    shutil.copytree(nbs, copy/'nbs', ignore=shutil.ignore_patterns('.*', '_*', 'runs'))
    (copy/'finetune_nb').mkdir()
    for name in ('__init__.py', '_help.py'):                # written by hand
        shutil.copy(root/'finetune_nb'/name, copy/'finetune_nb')
    code = 'import nbdev.clean, nbdev.doclinks as d; nbdev.clean.nbdev_clean.__wrapped__(); d.nbdev_export.__wrapped__()'
    subprocess.run([sys.executable, '-c', code], cwd=copy, check=True)
    return copy

def test_package_is_in_step_with_notebooks(exported):
    old, new = ({p.relative_to(top).as_posix(): p.read_text() for p in (top/'finetune_nb').rglob('*.py')} for top in (root, exported))
    assert {k for k in set(old) ^ set(new) if (old | new)[k]} == set()          # nbdev writes no empty __init__.py
    old = {k: text for k, text in old.items() if text}
    fail_with([f'{k}: run nbdev-export' for k in old if old[k] != new[k]])

def test_notebooks_are_clean(exported):
    fail_with([f'{name_of(p)}: run nbdev-clean' for p in pages if p.read_bytes() != (exported/p.relative_to(root)).read_bytes()])

def test_site_settings_are_shared():
    assert (nbs/'_quarto.yml').is_symlink() and (nbs/'_quarto.yml').resolve() == root/'_quarto.yml'

def test_scripts_import_by_name():
    for path in [*root.glob('tests/*.py'), *root.glob('tools/*.py'), *root.glob('bench/*.py')]:
        imports = (o for o in ast.walk(ast.parse(path.read_text())) if isinstance(o, ast.ImportFrom))
        assert not any(a.name == '*' for o in imports for a in o.names), path.name


# The table of notebooks

def test_the_index_lists_every_room():
    text = '\n'.join(c.source for c in cells(nbs/'index.ipynb'))
    links = set(re.findall(r'\]\(([\w/.-]+\.ipynb)\)', text))
    fail_with([f'{p.name} is not in index.ipynb' for p in rooms if p.name not in links])
    fail_with([f'index.ipynb links to {o}, which is not there' for o in links if not (nbs/o).exists()])
