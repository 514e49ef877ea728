package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import java.util.List;

/**
 * Directional ablation: removes the component along a direction, {@code x - coefficient (x·u) u}, where u is the vector
 * scaled to length 1. If only some neurons are chosen, the direction is the vector's part at these.
 *
 * @param vector as long as the hook's last axis, or as the chosen neurons
 * @param coefficient how much of the component is removed: 1, the default, for all of it
 * @see <a href="https://arxiv.org/abs/2406.11717">Arditi et al., 2024, for directional ablation</a>
 */
@Described("Removes the component along a direction of the hook's last axis: x - `coefficient` (x·u) u, where u is"
        + " `vector` scaled to length 1. If `neurons` are chosen, the direction is the vector's part at these. Not on"
        + " `pattern` and `attn_scores`.")
public record ProjectOut(
        @Described("As long as the hook's last axis, or as `neurons`; not 0 at every chosen neuron.")
        List<Double> vector,

        @Described(value = "How much of the component is removed: 1 for all of it.", defaultValue = 1)
        double coefficient)
        implements Action {

    @Override
    public void check(ActionTarget target) {
        target.refuseAttention(this, "whose last axis holds keys, not directions");
        target.requireVector(vector);
        direction(target);
    }

    private float[] direction(ActionTarget target) {
        return target.slice().direction(target.at("vector"), vector);
    }

    @Override
    public NDArray edit(NDArray x, EditContext context) {
        NDArray direction = Ops.nativeCopy(x.getManager().create(direction(context.target())));
        NDArray along = x.mul(direction).sum(new int[] {-1}, true);
        return x.sub(Scalars.times(along, coefficient).mul(direction));
    }
}
