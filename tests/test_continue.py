"A way on from what was trained: artefacts, runs and checkpoints of other tools as the start of a training"
import logging
from dataclasses import replace
import numpy as np
import pytest
import timm, torch
from safetensors.torch import load_file, save_file
import finetune_nb as ft


def few(data, step, labels=None):
    frame = data.frame[data.frame.label.isin(labels)] if labels else data.frame
    return ft.split(replace(data, frame=frame[::step].reset_index(drop=True)))


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    "Runs and artefacts of images and texts with three labels each"
    made = {}
    for kind, name, step, labels in (('image', 'clipart', 2, None), ('text', 'packages', 40, None)):
        where = tmp_path_factory.mktemp(kind)
        whole = ft.sample(name)
        labels = whole.labels[:3]
        data = few(whole, step, labels)
        settings = ft.Settings(size=64, recipe='head', max_length=32, precision='float32', runs=str(where/'runs'))
        run = ft.train(ft.learner(data, settings=settings))
        made[kind] = whole, labels, run, ft.save(run, where/'model'), settings
    return made


def logits_of(learn, items):
    with torch.no_grad():
        return learn.model.eval()(learn.dls.test_dl(items).one_batch()[0])


@pytest.mark.parametrize('kind', ['image', 'text'])
@pytest.mark.parametrize('form', ['artefact', 'run', 'run folder', 'weights'])
def test_the_same_labels_go_on_where_it_ended(kind, form, trained):
    _, labels, run, folder, settings = trained[kind]
    data = run.data
    given = {'artefact': dict(model=str(folder)), 'run': dict(model=run), 'run folder': dict(model=str(run.folder)),
             'weights': dict(weights=str(run.folder/'best.safetensors'))}[form]
    learn = ft.learner(data, settings=settings, **given)
    assert learn.ft.made_with['kept'] == labels
    items = list(learn.dls.valid.rows['item'])[:3]
    expected = ft.load(folder).predict_proba(items).to_numpy()
    np.testing.assert_allclose(logits_of(learn, items).softmax(1).numpy(), expected, atol=1e-4)


@pytest.mark.parametrize('kind', ['image', 'text'])
def test_more_fewer_and_reordered_labels(kind, trained, caplog):
    whole, labels, run, folder, settings = trained[kind]
    extra = next(k for k in whole.labels if k not in labels and (whole.frame.label == k).sum() > 20)
    step = 2 if kind == 'image' else 40
    cases = (([*labels, extra], labels), (labels[1:], labels[1:]), ([labels[2], extra], [labels[2]]))
    for chosen, kept in cases:
        with caplog.at_level(logging.WARNING, 'finetune_nb'):
            learn = ft.learner(few(whole, step, chosen), str(folder), settings)
        data = learn.dls.data
        assert sorted(learn.ft.made_with['kept']) == sorted(kept) and 'labels kept' in caplog.text
        items = list(learn.dls.valid.rows['item'])[:4]
        before = np.log(ft.load(folder).predict_proba(items)[kept].to_numpy())
        after = logits_of(learn, items).numpy()[:, [data.labels.index(k) for k in kept]]
        difference = (after - before) - (after - before)[:, :1]         # logits are known up to a constant
        np.testing.assert_allclose(difference, 0, atol=1e-3)


def test_from_labels_to_a_number_and_on(trained, tmp_path):
    whole, labels, run, folder, settings = trained['image']
    frame = run.data.frame
    numbers = replace(run.data, task='regression', frame=frame.assign(label=[100. + len(o) for o in frame.label]))
    first = ft.learner(numbers, str(folder), settings)
    assert first.ft.made_with['kept'] == []
    items = list(first.dls.valid.rows['item'])[:4]
    assert abs(logits_of(first, items).mean() - numbers.frame.label.mean()) < 5     # a new head starts at the mean
    fitted = ft.train(first)
    again = ft.learner(numbers, fitted, settings)
    torch.testing.assert_close(logits_of(again, items), logits_of(first, items), atol=1e-3, rtol=1e-4)


def test_the_recipe_knows_a_trained_head(trained):
    whole, labels, run, folder, settings = trained['image']
    plain = replace(settings, recipe='fine_tune', epochs=3)
    known = ft.train(ft.learner(run.data, str(folder), plain), epochs=1)
    assert [o.name for o in known.stages] == ['upper']
    assert known.metrics.valid_loss.iloc[0] < 2 * run.metrics.valid_loss.min() + 0.5
    resumed = ft.Run(known.folder)
    assert resumed.settings.model == 'tf_efficientnet_lite0' and len(ft.learner(resumed.data, settings=resumed.settings).dls.vocab) == 3


def test_another_architecture_is_refused(trained):
    folder = trained['image'][3]
    with pytest.raises(ValueError, match='tf_efficientnet_lite0'):
        ft.learner(trained['image'][2].data, 'resnet18', ft.Settings(size=64, precision='float32'), weights=str(folder/'model.safetensors'))


@pytest.mark.parametrize('prefix', ['', 'module.', 'model.', '_orig_mod.', 'module._orig_mod.', 'model._orig_mod.'])
@pytest.mark.parametrize('suffix', ['.safetensors', '.pth'])
def test_prefixes_are_taken_off(prefix, suffix, tmp_path, caplog):
    state = {k: v.contiguous() for k, v in timm.create_model('resnet10t').state_dict().items()}
    wrapped = {prefix + k: v for k, v in state.items()}
    path = tmp_path/f'w{suffix}'
    if suffix == '.pth':
        torch.save(dict(state_dict=wrapped, epoch=3), path)
    else:
        save_file(wrapped, path)
    with caplog.at_level(logging.WARNING, 'finetune_nb'):
        model = ft.backbone('resnet10t', weights=path)
    assert all(torch.equal(v, state[k]) for k, v in model.state_dict().items())
    assert (repr(prefix) in caplog.text) == bool(prefix)


def test_a_head_of_another_size_is_left_out(tmp_path, caplog):
    save_file(timm.create_model('resnet10t', num_classes=7).state_dict(), tmp_path/'w.safetensors')
    with caplog.at_level(logging.WARNING, 'finetune_nb'):
        model = ft.backbone('resnet10t', weights=tmp_path/'w.safetensors')
    assert '7 outputs was left out' in caplog.text
    theirs = load_file(tmp_path/'w.safetensors')
    assert torch.equal(model.state_dict()['conv1.0.weight'], theirs['conv1.0.weight'])
    save_file(timm.create_model('resnet14t').state_dict(), tmp_path/'other.safetensors')
    with pytest.raises(ValueError, match='another model'):
        ft.backbone('resnet10t', weights=tmp_path/'other.safetensors')


def test_a_pickled_module_is_refused_in_plain_text(tmp_path):
    torch.save(timm.create_model('resnet10t'), tmp_path/'w.pth')
    with pytest.raises(ValueError, match='state_dict') as e:
        ft.backbone('resnet10t', weights=tmp_path/'w.pth')
    assert '\x1b' not in str(e.value)


def test_the_default_batch_size_fits_small_data(caplog):
    data = few(ft.sample('clipart'), 40)
    with caplog.at_level(logging.WARNING, 'finetune_nb'):
        learn = ft.learner(data, settings=ft.Settings(size=64, precision='float32'))
    n = len(data.only('train'))
    assert n < 32 and learn.dls.bs == learn.ft.settings.bs == n // 4 and f'{n} training items' in caplog.text
    with pytest.raises(ValueError, match='at most'):
        ft.learner(data, settings=ft.Settings(size=64, precision='float32', bs=31))
