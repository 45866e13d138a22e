"""Do time and memory grow with the number of items, and not faster?

    python bench/growth.py rows [rows, 1000000]      split, from_table and the audit of texts without a model
    python bench/growth.py files [files, 20000]      from_folder, and the audit of images of 32 pixels beside the extraction of their features

Each step runs in a process of its own, on a hundredth, a tenth and all of the items. *Exponent* is the slope of log seconds over log
items between the last two: 1 is linear. Memory is the peak of the process above what it held before the step."""
import json, platform, subprocess, sys, tempfile, time
from pathlib import Path
import numpy as np, pandas as pd, psutil
from PIL import Image


def write_table(n, folder):
    "A table of n texts of ten labels"
    rng = np.random.default_rng(0)
    words = np.array([f'word{i}' for i in range(5000)])
    texts = [' '.join(words[o]) for o in rng.integers(0, 5000, (n, 8))]
    path = Path(folder)/'table.csv'
    pd.DataFrame(dict(text=texts, label=[f'label {i}' for i in rng.integers(0, 10, n)])).to_csv(path, index=False)
    return path


def write_images(n, folder):
    "A folder of n images of 32 x 32 pixels and ten labels: colored noise, coarse enough to differ after resizing"
    home = Path(folder)/'images'
    rng = np.random.default_rng(0)
    for i in range(n):
        path = home/f'label {i % 10}'/f'{i}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((32, 32)).save(path)
    return home


def steps(ft, source):
    "The steps to time on a table or a folder"
    from finetune_nb.data.image_batches import ImagePreprocessing
    if source.suffix == '.csv':
        data = ft.from_table(source)
        return {'from_table': lambda: ft.from_table(source), 'split': lambda: ft.split(data), 'audit': lambda: ft.audit(data, model='')}
    data = ft.from_folder(source)
    def extract(): return ft.features(data, preprocessing=ImagePreprocessing(32, crop_pct=1., fit='squish'), disk_mb=0)
    return {'from_folder': lambda: ft.from_folder(source), 'split': lambda: ft.split(data), 'features': extract,
            'features and audit': lambda: ft.audit(data, extract())}


def measure(source, small, name):
    "Seconds and megabytes of one step, as JSON on standard output"
    import threading
    import finetune_nb as ft
    steps(ft, small)[name]()                # imports and first use are not growth
    step = steps(ft, source)[name]
    process, ended = psutil.Process(), threading.Event()
    before = most = process.memory_info().rss
    def watch():
        nonlocal most
        while not ended.wait(0.02): most = max(most, process.memory_info().rss)
    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    step()
    seconds = time.perf_counter() - start
    ended.set()
    watcher.join()
    print(json.dumps(dict(seconds=seconds, mb=(most - before) / 2**20)))


def grow(write, n, names):
    "Measure each step on three numbers of items"
    rows = []
    for size in (n // 100, n // 10, n):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
            places = [str(write(size, folder)), str(write(100, other))]
            for name in names:
                ran = subprocess.run([sys.executable, __file__, 'one', *places, name], capture_output=True, text=True, check=True)
                rows.append(dict(step=name, items=size, **json.loads(ran.stdout.splitlines()[-1])))
    table = pd.DataFrame(rows)
    print(table.round(2).to_string(index=False))
    seconds = table.pivot_table(index='step', columns='items', values='seconds', sort=False)
    print('\nexponent\n' + np.log10(seconds[n] / seconds[n // 10]).round(2).to_string())


def main(what='rows', n=0, *more):
    if what == 'one': return measure(Path(n), Path(more[0]), more[1])
    print(f'Python {platform.python_version()}, {psutil.cpu_count()} processors')
    if what == 'rows': grow(write_table, int(n or 1_000_000), ['from_table', 'split', 'audit'])
    else: grow(write_images, int(n or 20_000), ['from_folder', 'split', 'features', 'features and audit'])


if __name__ == '__main__': main(*sys.argv[1:])
