"What an earlier version wrote is read by the names of today"
import json
import finetune_nb as ft


def test_settings_of_before(tmp_path):
    path = tmp_path/'settings.ini'
    path.write_text('[run]\nbs = 8\n[model]\nnorms = move\n[recipe]\nratio = 2.0\nkept_views = 3\n[data]\nstore_mb = 10\n')
    s = ft.read_settings(path)
    assert (s.bn_stats, s.lr_ratio, s.n_cached_views, s.disk_mb) == ('update', 2.0, 3, 10)


def test_stages_of_before(tmp_path):
    old = dict(name='head', n_learn=1, epochs=1, lr=0.001, ratio=1.3, how='solve')
    (tmp_path/'recipe.json').write_text(json.dumps([old]))
    [stage] = ft.Run(tmp_path).stages
    assert (stage.n_trainable, stage.lr_ratio, stage.how) == (1, 1.3, 'linear_probe')
