"""What do cached activations of the frozen layers gain?

    python bench/prefix.py [repetitions, 5]

EfficientNet-Lite0 on the sample clipart at 128 px, with the border of the frozen layers at about a half and about three quarters of the
forward pass, as measured here. An epoch (training and validation) with four cached views alternates with one without the cache; the time
to fill the cache is shown as well."""
import platform, sys, time, warnings
import pandas as pd, torch
import finetune_nb as ft
from finetune_nb.analysis.cached_activations import FrozenPrefix

warnings.filterwarnings('ignore')


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def shares(learn):
    "The frozen share of the forward pass, by the number of trainable groups"
    xb, n = learn.dls.valid.one_batch()[0][:16], len(learn.ft.groups)
    model = learn.model.eval()
    cuts = {k: FrozenPrefix(model, learn.ft.groups, k, xb[:2]) for k in range(1, n)}
    with torch.no_grad():
        for cut in cuts.values(): cut.lower(xb)
        whole = min(seconds(lambda: model(xb)) for _ in range(5))
        return {k: min(seconds(lambda: cut.lower(xb)) for _ in range(5)) / whole for k, cut in cuts.items()}


def epoch(learn):
    with learn.no_bar(), learn.no_logging(): return seconds(lambda: learn.fit(1, 1e-4))


def main(n=5):
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads')
    data = ft.split(ft.sample('clipart'))
    learn = ft.learner(data, settings=ft.Settings(size=128, precision='float32', layout='channels_last'))
    below, rows = shares(learn), []
    for share in (0.5, 0.75):
        n_trainable = min(below, key=lambda k: abs(below[k] - share))
        ft.freeze_below(learn.model, learn.ft.groups, n_trainable)
        epoch(learn)                                        # decodes the images
        for _ in range(n):
            ft.freeze_below(learn.model, learn.ft.groups, n_trainable)
            anew, begun = epoch(learn), time.perf_counter()
            with ft.cache_activations(learn, n_trainable):
                keeping, kept = time.perf_counter() - begun, epoch(learn)
            rows.append({'frozen share': round(below[n_trainable], 2), 'trainable': n_trainable, 'without cache (s)': anew, 'with cache (s)': kept, 'times faster': anew / kept,
                         'filling the cache (s)': keeping})
            print(pd.Series(rows[-1]).round(2).to_frame().T.to_string(index=False), flush=True)
    print(pd.DataFrame(rows).groupby(['frozen share', 'trainable']).agg(['median', 'min', 'max']).round(2).T.to_string())


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
