package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.Site;

/**
 * Attention knockout: sets attention scores to minus infinity, so that the query no longer attends to the key.
 *
 * @see <a href="https://arxiv.org/abs/2304.14767">Geva et al., 2023, for attention knockout</a>
 */
@Described("Sets to minus infinity. Only on `attn_scores`. A row whose keys are all masked attends to nothing.")
public record Mask() implements Action {
    @Override
    public void check(ActionTarget target) {
        if (target.site() != Site.ATTN_SCORES) {
            throw target.refusal(
                    this,
                    "applies to hook attn_scores only, not to " + target.site().shortName());
        }
    }

    @Override
    public NDArray edit(NDArray value, EditContext context) {
        return value.zerosLike().add(Float.NEGATIVE_INFINITY);
    }
}
