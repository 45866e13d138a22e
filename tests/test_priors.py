"What a model is chosen for (`metric`), and how frequent labels are where it is used (`priors`)"
from dataclasses import replace
import numpy as np
import pandas as pd
import pytest
import finetune_nb as ft
from finetune_nb.data.split import prior_shift
from finetune_nb.evaluation.metrics import read_predictions


def long_tail(source):
    "A sample in which most labels have few training items"
    frame = source.frame
    few = frame.label.isin(source.labels[3:]) & (frame.groupby('label').cumcount() >= 12)
    return replace(source, frame=frame[~few | (frame.split == 'test')].reset_index(drop=True))


@pytest.fixture(scope='module')
def images():
    return long_tail(ft.split(ft.sample('clipart')))


def small(folder, **more):
    return ft.Settings(size=64, max_length=32, bs=16, epochs=2, precision='float32', disk_mb=0, runs=str(folder), **more)


@pytest.fixture(scope='module')
def texts():
    source = ft.sample('packages')
    return long_tail(ft.split(replace(source, frame=source.frame[::8].reset_index(drop=True))))


@pytest.mark.parametrize('kind, head', [('images', 'timm'), ('images', 'mlp'), ('texts', 'timm')])
def test_a_saved_model_has_the_priors_of_the_report(kind, head, tmp_path, request):
    data = request.getfixturevalue(kind)
    run = ft.train(ft.learner(data, settings=small(tmp_path, head=head, recipe='head', priors='equal')))
    items = list(data.only('test').frame['item'])[:20]
    for given, name in (('', 'equal'), ('seen', 'seen')):
        logits, _ = read_predictions(run, 'test', priors=given)
        saved = ft.load(ft.save(run, tmp_path/name, given))
        assert saved.about['priors'] == name
        np.testing.assert_allclose(saved.predict_proba(items), logits.softmax(1)[:20], atol=1e-4)
    table = run.report().by_priors
    assert table['balanced accuracy']['equal'] > table['balanced accuracy']['seen'], table
    assert run.report().metrics.value['accuracy'] == table.accuracy['equal']


def test_the_epoch_with_the_best_metric_is_kept(images, tmp_path):
    run = ft.train(ft.learner(images, settings=small(tmp_path, metric='balanced_accuracy', refit='no')))
    table = run.metrics
    best = table[table.balanced_accuracy == table.balanced_accuracy.max()]
    assert run.best['epoch'] == best.valid_loss.idxmin()
    logits, y = read_predictions(run, 'valid')
    recalls = pd.Series(logits.argmax(1).numpy() == y).groupby(y).mean()
    assert run.best['balanced_accuracy'] == pytest.approx(recalls.mean(), abs=1e-6)


def test_a_shift_for_the_shares_of_training_is_none(images):
    shares = images.only('train').frame.label.value_counts(normalize=True)
    same = ','.join(f'{k}={v}' for k, v in shares.items())
    np.testing.assert_allclose(prior_shift(images, same), 0, atol=1e-9)
    np.testing.assert_allclose(prior_shift(images, 'equal', balance='sampler'), 0, atol=1e-9)


@pytest.mark.parametrize('more, said', [
    (dict(priors='often'), 'An example'), (dict(priors='bird=0.5,boat=0.5'), 'An example'), (dict(metric='auc'), 'roc_auc')])
def test_refused_before_training(images, tmp_path, more, said):
    with pytest.raises(ValueError, match=said):
        ft.learner(images, settings=small(tmp_path, **more))


def test_a_metric_that_does_not_suit_is_refused(images, tmp_path):
    numbers = replace(images, frame=images.frame.assign(label=0.5), task='regression')
    with pytest.raises(ValueError, match="metric must suit task 'regression'"):
        ft.learner(numbers, settings=small(tmp_path, metric='f1_macro'))
    lost = (images.frame.split == 'valid') & (images.frame.label == images.labels[-1])
    with pytest.raises(ValueError, match='each label in the validation split'):
        ft.learner(replace(images, frame=images.frame[~lost]), settings=small(tmp_path, metric='roc_auc'))


def test_a_head_without_bias_cannot_take_priors(images, tmp_path):
    run = ft.train(ft.learner(images, settings=small(tmp_path, head='fastai', recipe='head')))
    with pytest.raises(ValueError, match='linear layer with a bias'):
        ft.save(run, tmp_path/'model', 'equal')
    assert not (tmp_path/'model').exists()
