"""What models declare without being loaded is what they are once they are."""

from __future__ import annotations

import pytest

from explain_engine.errors import RecipeError
from explain_engine.front_ends import WAVEFORM, get_front_end
from explain_engine.front_ends.scaled import Scaled
from explain_engine.models import MODELS, check_picture, describe_model, load_model


@pytest.mark.parametrize("name", MODELS.names())
def test_declared_input_and_head_are_those_of_the_loaded_model(name):
    declared, model = describe_model(name), load_model(name)

    front_end, head = model.front_end, model.linear_head
    plain = front_end.front_end if isinstance(front_end, Scaled) else front_end

    if declared.input == WAVEFORM:
        assert front_end is None
    else:
        assert type(plain) is get_front_end(declared.input)
    assert declared.features == (() if head is None else head.features)


@pytest.mark.parametrize(
    ("made_by", "reconstruction", "refusal"),
    [
        ("waveform", "stft_mask", "needs a model that declares its front end, m does not"),
        ("mel", "pinv", "Reconstruction pinv needs .* mel of m is none: choose stft_mask"),
        ("mel", "nnls", "Reconstruction nnls needs"),
        ("mel", "griffin_lim", None),
        ("log_filtered", "pinv", None),
        ("log_filtered", "nnls", None),
    ],
)
def test_picture_is_refused_where_the_input_cannot_give_it(made_by, reconstruction, refusal):
    if refusal is None:
        check_picture("m", made_by, reconstruction)
        return
    with pytest.raises(RecipeError, match=refusal):
        check_picture("m", made_by, reconstruction)
