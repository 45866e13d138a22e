"""How much time do checkpoints cost a training?

    python bench/checkpoints.py [epochs, 6]

One run on clipart with default settings, then one that requests a checkpoint each second, where the limit of a fiftieth of the time
must take effect. The share is counted by the run itself: seconds of checkpoints over seconds of the run."""
import platform, sys, tempfile, warnings
import torch
import finetune_nb as ft

warnings.filterwarnings('ignore')


def share(epochs, **more):
    with tempfile.TemporaryDirectory() as folder:
        settings = ft.Settings(runs=folder, epochs=epochs, patience=epochs, **more)
        end = [o for o in ft.train(ft.learner(ft.split(ft.sample('clipart')), settings=settings)).events if o['event'] == 'end'][-1]
    return end['checkpoints'], end['checkpoint_seconds'], end['seconds']


def main(epochs=6):
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads')
    for name, more in (('defaults, one a minute', {}), ('one a second, limited', dict(checkpoint_s=1))):
        n, cost, seconds = share(epochs, **more)
        print(f'{name}: {n} checkpoints, {cost:.2f} s of {seconds:.0f} s, {cost / seconds:.2%}', flush=True)


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
