package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.Site;

/** Zero ablation: sets the chosen values to 0. */
@Described("Sets to 0.")
public record Zero() implements Action {
    @Override
    public NDArray edit(NDArray value, EditContext context) {
        return value.zerosLike();
    }

    @Override
    public boolean maySeeAhead(Site site) {
        return false;
    }
}
