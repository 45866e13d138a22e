"Layer groups of many architectures: complete, named, in order, and still when they are frozen"
import pytest, timm, torch
from finetune_nb import freeze_below, layer_groups

sizes = {'resnet18': 64, 'resnext50_32x4d': 64, 'convnext_atto': 64, 'vit_tiny_patch16_224': 224, 'deit_tiny_patch16_224': 224,
         'deit_tiny_distilled_patch16_224': 224, 'swin_tiny_patch4_window7_224': 224, 'efficientnet_b0': 64,
         'mobilenetv3_small_050': 64, 'regnety_002': 64, 'densenet121': 64, 'vgg11_bn': 64, 'mixer_s16_224': 224}


@pytest.fixture(params=sizes)
def model(request): return timm.create_model(request.param, num_classes=5)


@pytest.mark.parametrize('by', ['stage', 'block'])
def test_groups_hold_every_parameter_once(model, by):
    groups = layer_groups(model, by)
    names = [n for g in groups for n in g.params]
    assert sorted(names) == sorted(n for n, _ in model.named_parameters())
    assert len({g.name for g in groups}) == len(groups) > 3, [g.name for g in groups]


def test_the_head_is_the_classifier(model):
    made = model.get_classifier()
    own = {id(p) for m in (made if isinstance(made, tuple) else (made,)) for p in m.parameters()}
    params, last = dict(model.named_parameters()), layer_groups(model)[-1]
    assert last.name == 'head' and {id(params[n]) for n in last.params} == own


def test_the_stem_is_first(model):
    first = layer_groups(model)[0]
    assert first.name == 'stem' and next(n for n, p in model.named_parameters() if p.dim() == 4) in first.params


def test_frozen_groups_keep_weights_and_buffers(model):
    size = sizes[model.pretrained_cfg['architecture']]
    groups, before = layer_groups(model), {k: v.clone() for k, v in model.state_dict().items()}
    freeze_below(model.train(), groups, n_trainable=1)
    made = model(torch.randn(2, 3, size, size))
    sum((o - 1).square().mean() for o in (made if isinstance(made, tuple) else (made,))).backward()
    torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1).step()
    moved = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    assert moved and moved <= set(groups[-1].params), sorted(moved - set(groups[-1].params))[:3]
