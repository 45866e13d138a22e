"fastai's methods on a Learner of this package: the rows of the table on the page of learners"
from dataclasses import replace
from pathlib import Path
import matplotlib
import numpy as np
import pytest
import torch
from PIL import Image
from fastai.interpret import ClassificationInterpretation, Interpretation
from fastai.learner import Learner
import finetune_nb as ft

matplotlib.use('Agg')


def few(data, step, **columns):
    frame = data.frame[::step].reset_index(drop=True)
    return ft.split(replace(data, frame=frame.assign(**{k: v(frame) for k, v in columns.items()}), **({'task': 'multi'} if columns else {})))


@pytest.fixture(scope='module', params=['image', 'text', 'multi', 'number'])
def learn(request, tmp_path_factory):
    data = few(ft.sample('packages' if request.param == 'text' else 'clipart'), 60 if request.param == 'text' else 8)
    if request.param == 'multi':
        data = few(ft.sample('clipart'), 8, label=lambda f: [(o,) for o in f.label])
    if request.param == 'number':
        data = replace(data, task='regression', frame=data.frame.assign(label=np.linspace(0, 1, len(data))))
    made = ft.learner(data, settings=ft.Settings(size=64, max_length=32, precision='float32'))
    made.path = tmp_path_factory.mktemp('learner')          # where fastai's lr_find writes
    with made.no_bar(), made.no_logging():
        yield made


def test_it_is_fastais(learn):
    assert isinstance(learn, Learner)


def test_predict_is_a_row_of_get_preds(learn):
    items = list(learn.dls.valid.rows['item'])[:2]
    preds, _ = learn.get_preds(dl=learn.dls.test_dl(items))
    for item, expected in zip(items, preds):
        decoded, raw, probs = learn.predict(item)
        torch.testing.assert_close(torch.as_tensor(probs).flatten(), expected.flatten(), atol=1e-4, rtol=1e-3)
        if learn.dls.data.task == 'single':
            assert str(decoded) == learn.dls.vocab[int(expected.argmax())] and int(raw) == int(expected.argmax())
        if learn.dls.data.task == 'regression':
            assert float(decoded) == pytest.approx(float(expected), rel=1e-3)


@pytest.mark.parametrize('learn', ['image', 'multi', 'number'], indirect=True)
def test_predict_takes_images_in_memory(learn):
    path = Path(learn.dls.valid.rows['item'].iloc[0])
    with Image.open(path) as image:
        image.load()
    expected = learn.predict(path)[2]
    for form in (image, np.asarray(image.convert('RGBA')), path.open('rb')):
        torch.testing.assert_close(learn.predict(form)[2], expected, atol=1e-4, rtol=1e-3)


def test_get_preds_in_all_forms(learn):
    n = learn.dls.valid.n
    for options, length in ((dict(), 2), (dict(with_input=True), 3), (dict(with_decoded=True), 3), (dict(with_loss=True), 3)):
        found = learn.get_preds(**options)
        assert len(found) == length and all(len(o) == n for o in found)
    assert len(learn.get_preds(ds_idx=0)[0]) == learn.dls.train.n


def test_tta(learn):
    if learn.dls.data.kind == 'text':
        with pytest.raises(ValueError, match='needs images'):
            learn.tta()
        return
    plain, targets = learn.get_preds()
    same, again = learn.tta(n=2, beta=1.)
    torch.testing.assert_close(same, plain, atol=1e-4, rtol=1e-3)
    assert torch.equal(targets, again)
    assert not torch.allclose(learn.tta(n=2, beta=0.)[0], plain, atol=1e-4)


def test_showing_and_interpretation(learn):
    learn.show_results(max_n=3)
    learn.dls.show_batch(max_n=3)
    assert 'Total params' in str(learn.summary())
    assert len(Interpretation.from_learner(learn).top_losses(3)[0]) == 3
    if learn.dls.data.task == 'single':
        interp = ClassificationInterpretation.from_learner(learn)
        counts = interp.confusion_matrix()
        preds, targets = learn.get_preds()
        assert counts.sum() == learn.dls.valid.n and counts.trace() == (preds.argmax(1) == targets).sum()
        assert {o for row in interp.most_confused()[:2] for o in row[:2]} <= set(learn.dls.vocab)
        interp.plot_top_losses(2)


def test_training_methods(learn):
    before = {k: v.clone() for k, v in learn.model.state_dict().items()}
    for train in (lambda: learn.fit(1), lambda: learn.fit_one_cycle(1), lambda: learn.fit_flat_cos(1), lambda: learn.fine_tune(1)):
        train()
        assert np.isfinite(learn.validate()[0])
    assert any(not torch.equal(v, before[k]) for k, v in learn.model.state_dict().items())
    learn.freeze_to(-2)
    learn.fit(1)
    learn.recorder.plot_loss()
    learn.unfreeze()
    assert 0 < learn.lr_find(num_it=20, show_plot=False).valley < 10


def test_half_precision_and_back(learn):
    learn.to_fp16()
    learn.fit(1)
    learn.to_fp32()
    learn.fit(1)
    assert np.isfinite(learn.validate()[0])


def test_save_and_load(learn, tmp_path):
    learn.save(tmp_path/'m')
    before = {k: v.clone() for k, v in learn.model.state_dict().items()}
    learn.fit(1)
    learn.load(tmp_path/'m')
    assert all(torch.equal(v, before[k]) for k, v in learn.model.state_dict().items())


def test_export_says_what_to_use(learn, tmp_path):
    with pytest.raises(ValueError, match=r'save\(run, path\)'):
        learn.export(tmp_path/'x.pkl')
    assert not (tmp_path/'x.pkl').exists()
