"""How long does `finetune-nb quickstart` take, how much memory, and which accuracy does it reach?

    python bench/quickstart.py [repetitions, 1 or more]

Each repetition is a process of its own in an empty folder, as a user starts it. Peak memory is the largest resident set of the process."""
import os, platform, re, resource, subprocess, sys, tempfile, time
from pathlib import Path

command = str(Path(sys.executable).parent/'finetune-nb')


def once(seed):
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, 'FINETUNE_NB_CACHE': f'{folder}/cache'}        # an empty cache
        start = time.perf_counter()
        done = subprocess.run([command, 'quickstart', '--seed', str(seed)], cwd=folder, env=env, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - start
    result = re.search(r'Test accuracy: .*', done.stdout)[0]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if platform.system() == 'Linux' else 1e9)
    print(f'seed {seed}: {seconds:.0f} s, largest peak so far {peak:.2f} GB. {result}', flush=True)


def main(n=1):
    print(f'Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores')
    for seed in range(max(1, n)): once(seed)


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
