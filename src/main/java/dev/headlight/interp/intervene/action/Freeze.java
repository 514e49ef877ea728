package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.Site;

/**
 * Sets the chosen values to those of the same hook point in the unmodified run of the same input. No earlier change then
 * reaches what reads the hook point: what is left is the direct effect.
 *
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, for path patching</a>
 */
@Described("Sets to the value of the same hook point in the unmodified run of the same input, so that no earlier change"
        + " reaches what reads it. Alone it changes nothing.")
public record Freeze() implements Action {
    @Override
    public boolean needsOriginal() {
        return true;
    }

    @Override
    public NDArray edit(NDArray value, EditContext context) {
        return context.broadcast(context.original(), value);
    }

    @Override
    public boolean maySeeAhead(Site site) {
        return false;
    }

    @Override
    public String whyNothingChanged() {
        return "every chosen value was already that of the unmodified run, for no other intervention reaches it";
    }
}
