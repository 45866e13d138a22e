"""How long does `import finetune_nb` take, against `import fastai.vision.all`?

    python bench/import_time.py [repetitions, 5 or more]"""
import platform, subprocess, sys
from statistics import median

code = '''
import sys, time
start = time.perf_counter()
import {module}
print(1000 * (time.perf_counter() - start), 'torch' in sys.modules)
'''
modules = ['finetune_nb', 'fastai.vision.all']


def import_once(module):
    "Milliseconds of one import in a fresh Python, and whether it imported torch"
    out = subprocess.run([sys.executable, '-W', 'ignore', '-c', code.format(module=module)], capture_output=True, text=True, check=True)
    ms, has_torch = out.stdout.split()
    return float(ms), has_torch == 'True'


def main(n=5):
    n = max(5, n)
    for module in modules: import_once(module)          # the first import writes byte code and fills the file cache
    runs = {module: [] for module in modules}
    for _ in range(n):
        for module in modules: runs[module].append(import_once(module))
    print(f'Python {platform.python_version()} on {platform.machine()}, {n} repetitions each, alternating')
    for module, rows in runs.items():
        ms = [o[0] for o in rows]
        torch = 'with torch' if any(o[1] for o in rows) else 'no torch'
        print(f'{module:20} median {median(ms):8.1f} ms   lowest {min(ms):8.1f}   highest {max(ms):8.1f}   {torch}')
    ours, theirs = (median(o[0] for o in runs[module]) for module in modules)
    print(f'ratio: fastai.vision.all takes {theirs / ours:.0f} times as long')


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
