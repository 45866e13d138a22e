"""Which value of a setting is better on a sample, by the validation set alone? The test set is not used.

    python bench/choose.py bn_stats=frozen,update size=128 epochs=4
    python bench/choose.py fit=squish,crop,pad recipe=head
    python bench/choose.py lr=7e-4,1e-3 data=packages precision=auto

The first key has the values to compare, further keys hold for all. Five splits, the values alternating within each; the last table is the
change against the first value within each split, with its standard error: a change within two standard errors may be chance."""
import platform, sys, tempfile, warnings
import pandas as pd, torch
import finetune_nb as ft

warnings.filterwarnings('ignore')


def evaluate(flags, seed, folder):
    settings = ft.read_settings('', {**flags, 'seed': str(seed), 'runs': folder, 'precision': flags.get('precision', 'float32')})
    run = ft.train(ft.learner(ft.split(ft.open_data(settings.data), seed=seed), settings=settings))
    plain = run.report('valid').metrics.value                # a loss without label smoothing, so that settings of the loss can be compared
    return {'accuracy': plain['accuracy'], 'F1': plain['macro F1'], 'loss': plain['log loss'], 'seconds': run.metrics.seconds.sum(), 'kept': run.best['stage']}


def main(first, *rest, seeds=range(5)):
    key, values = first.split('=')
    values, same = values.split(','), dict(o.split('=') for o in rest)
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {key} of {values}, {same}, seeds {list(seeds)}')
    rows = []
    for seed in seeds:
        for value in values:
            with tempfile.TemporaryDirectory() as folder: rows.append({'seed': seed, key: value, **evaluate({**same, key: value}, seed, folder)})
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows).drop(columns='kept').set_index(['seed', key])
    print('\n', table.groupby(key, sort=False).agg(['mean', 'sem']).round(3).to_string())
    wide = table[['accuracy', 'F1', 'loss']].unstack(key)
    for value in values[1:]:
        change = wide.xs(value, axis=1, level=key) - wide.xs(values[0], axis=1, level=key)
        print(f'\n{value} against {values[0]}\n', change.agg(['mean', 'sem']).round(3).to_string())


if __name__ == '__main__': main(*sys.argv[1:])
