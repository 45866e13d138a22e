"""Draw the packages, their modules and their imports as one picture, from the source code.

    python tools/architecture.py            write nbs/images/architecture.svg
    python tools/architecture.py --check    write nothing; exit 1 if the picture is not up to date

Both exit 1 when a package imports from a higher one, or when data and model import each other.
The order of the packages is the table in tests/test_form.py."""
import ast
import re
import sys
from collections import defaultdict
from html import escape
from pathlib import Path

root = Path(__file__).parents[1]
sys.path.insert(0, str(root/'tests'))
from test_form import packages

order = list(packages.values())                                     # lowest first
apart = {frozenset({'data', 'model'})}                              # packages that know nothing of each other
picture = root/'nbs/images/architecture.svg'


# Read the imports

def modules_of(source):
    "The dotted name of each module in a folder of packages, with its file"
    paths = sorted(p for p in source.glob('*/*.py') if p.stem != '__init__')
    return {f'{p.parent.name}.{p.stem}': p for p in paths}


def number_of(path):
    "The number of the notebook that exports a module, or '' when the file names none"
    found = re.search(r'File to edit: \S*?(\d\d[a-z]?)_\w+\.ipynb', path.read_text(encoding='utf-8'))
    return found[1] if found else ''


def dotted_names(node, module):
    "What one import statement of a module may mean, dotted in full, without `finetune_nb.`"
    if isinstance(node, ast.Import):
        names = [a.name for a in node.names]
    else:
        parents = ['finetune_nb', *module.split('.')]
        start = parents[:-node.level] if node.level else []
        origin = '.'.join([*start, *([node.module] if node.module else [])])
        names = [origin, *(f'{origin}.{a.name}' for a in node.names)]
    return [k.removeprefix('finetune_nb.') for k in names if k.startswith('finetune_nb.')]


def read_imports(source):
    "The modules that each module of a folder of packages imports, also inside functions"
    paths, imports = modules_of(source), defaultdict(set)
    for module, path in paths.items():
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imports[module] |= set(dotted_names(node, module)) & set(paths)
        imports[module].discard(module)
    return dict(imports)


def package_of(module):
    "The package of a dotted module"
    return module.split('.')[0]


def wrong_imports(imports):
    "Each import that the order of the packages forbids, as a sentence"
    for module, others in sorted(imports.items()):
        for other in sorted(others):
            a, b = package_of(module), package_of(other)
            if order.index(b) > order.index(a):
                yield f'{module} imports {other}, but {b} stands above {a}'
            elif frozenset({a, b}) in apart:
                yield f'{module} imports {other}, but {a} and {b} do not know each other'


def count_imports(imports):
    "How many pairs of modules join each pair of packages, by (importing, imported) package"
    counts = defaultdict(int)
    for module, others in imports.items():
        for other in others:
            a, b = package_of(module), package_of(other)
            counts[a, b] += a != b
    return {pair: n for pair, n in counts.items() if n}


# Draw

colors = {'base': '#64748b', 'data': '#0d9488', 'model': '#7c3aed', 'analysis': '#2563eb',
          'training': '#ea580c', 'evaluation': '#16a34a', 'deploy': '#be185d', 'panels': '#b45309',
          'cli': '#334155'}
margin, name_width, text_width, line_height = 24, 118, 470, 24      # pixels
lane_width, gap, letter, header = 56, 18, 7.25, 62
box_width = name_width + text_width


def lines_of(modules):
    "Modules as chips, (x, number, name, width) each, broken into lines that fit a box"
    lines, x = [[]], 0
    for number, name in modules:
        width = round((len(name) + len(number) + bool(number)) * letter + 16)
        if lines[-1] and x + width > text_width - 14:
            lines.append([])
            x = 0
        lines[-1].append((x, number, name, width))
        x += width + 6
    return lines


def layout(source):
    "For each package, highest first: its lines of chips, the top of its box and its height"
    paths, rows, y = modules_of(source), {}, margin + header
    for package in reversed(order):
        modules = [(number_of(p), k.split('.')[1]) for k, p in paths.items() if package_of(k) == package]
        lines = lines_of(sorted(modules))
        height = max(52, len(lines) * (line_height + 4) + 20)
        rows[package] = lines, y, height
        y += height + gap
    return rows


def draw_box(package, lines, y, height):
    "The box of one package: its name on its colour, and a chip for each module"
    color, x = colors.get(package, '#334155'), margin + name_width + 12
    middle = y + height / 2
    yield (f'<rect x="{margin}" y="{y}" width="{box_width}" height="{height}" rx="10" '
           f'fill="#ffffff" stroke="{color}" stroke-width="1.5"/>')
    yield (f'<path d="M{margin + 10} {y} h{name_width - 10} v{height} h-{name_width - 10} '
           f'a10 10 0 0 1 -10 -10 v-{height - 20} a10 10 0 0 1 10 -10 z" fill="{color}"/>')
    yield (f'<text class="package" x="{margin + name_width / 2:g}" y="{middle + 5:g}" '
           f'text-anchor="middle">{escape(package)}</text>')
    first = middle - (len(lines) * (line_height + 4) - 4) / 2
    for i, line in enumerate(lines):
        top = first + i * (line_height + 4)
        for left, number, name, width in line:
            yield (f'<rect x="{x + left}" y="{top:g}" width="{width}" height="{line_height}" rx="6" '
                   f'fill="{color}" fill-opacity="0.1"/>')
            mark = f'<tspan class="number">{number}</tspan> ' if number else ''
            yield f'<text class="module" x="{x + left + 8}" y="{top + 16:g}">{mark}{escape(name)}</text>'


def draw_arrows(counts, rows):
    "One lane for each importing package, with its counts where it meets what it imports"
    lanes = {k: margin + box_width + lane_width * i for i, k in enumerate(order)}
    right = margin + box_width
    for package, (_, y, height) in rows.items():                   # one arrow into each imported box
        users = [a for a, b in counts if b == package]
        if users:
            end, level = max(lanes[k] for k in users), y + height / 2 - 10
            yield f'<path d="M{end} {level:g} H{right + 9}" stroke="#94a3b8" stroke-width="1.5"/>'
            yield f'<path d="M{right + 2} {level:g} l9 -4.5 v9 z" fill="#94a3b8"/>'
    for package, (_, y, height) in rows.items():                   # out of the box, and down
        used = [b for a, b in counts if a == package]
        if used:
            color, x = colors.get(package, '#334155'), lanes[package]
            bottom = max(rows[b][1] + rows[b][2] / 2 - 10 for b in used)
            yield (f'<path d="M{right} {y + height / 2 + 12:g} H{x - 8} q8 0 8 8 V{bottom:g}" '
                   f'stroke="{color}" stroke-width="2" fill="none"/>')
    for (a, b), n in sorted(counts.items(), key=lambda o: (order.index(o[0][0]), order.index(o[0][1]))):
        color, level = colors.get(a, '#334155'), rows[b][1] + rows[b][2] / 2 - 10
        yield f'<circle cx="{lanes[a]}" cy="{level:g}" r="12" fill="{color}"/>'
        yield f'<text class="count" x="{lanes[a]}" y="{level + 4:g}" text-anchor="middle">{n}</text>'


style = '''text { font-family: "DejaVu Sans", Verdana, sans-serif; fill: #0f172a }
.title { font-size: 19px; font-weight: bold }
.note { font-size: 12.5px; fill: #475569 }
.package { font-size: 15px; font-weight: bold; fill: #ffffff }
.module { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12px }
.number { fill: #64748b }
.count { font-size: 11px; font-weight: bold; fill: #ffffff }'''


def draw(source):
    "The picture of a folder of packages, as the text of an SVG file"
    rows, imports = layout(source), read_imports(source)
    counts = count_imports(imports)
    width = margin * 2 + box_width + lane_width * (len(order) - 1) + 8
    _, last, last_height = rows[order[0]]
    height = last + last_height + margin
    modules, arrows = len(imports), sum(map(len, imports.values()))
    between = sum(counts.values())
    notes = (f'{modules} modules in {len(rows)} packages, {arrows} imports between modules, '
             f'{between} of them between packages.',
             'A line leaves the package that imports and goes down to what it imports. '
             'A circle counts the imports. No line goes up.')
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             f'width="{width}" height="{height}" role="img" aria-label="{escape(notes[0])}">',
             '<title>The packages of finetune_nb and their imports</title>',
             f'<style>{style}</style>',
             f'<rect width="{width}" height="{height}" rx="12" fill="#f8fafc"/>',
             f'<text class="title" x="{margin}" y="{margin + 14}">finetune_nb</text>',
             f'<text class="note" x="{margin + 142}" y="{margin + 6}">{notes[0]}</text>',
             f'<text class="note" x="{margin + 142}" y="{margin + 24}">{notes[1]}</text>',
             *draw_arrows(counts, rows)]
    for package, (lines, y, box_height) in rows.items():
        parts += draw_box(package, lines, y, box_height)
    return '\n'.join([*parts, '</svg>']) + '\n'


def main():
    source = root/'finetune_nb'
    faults = list(wrong_imports(read_imports(source)))
    if faults:
        sys.exit('\n'.join(faults))
    wanted = draw(source)
    if picture.exists() and picture.read_text(encoding='utf-8') == wanted:
        print(f'{picture.name} is up to date')
    elif '--check' in sys.argv:
        sys.exit(f'{picture.name} does not show the imports of today. Run: python tools/architecture.py')
    else:
        picture.parent.mkdir(exist_ok=True)
        picture.write_text(wanted, encoding='utf-8')
        print(f'{picture.name} written')


if __name__ == '__main__':
    main()
