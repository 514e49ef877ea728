package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Site;
import org.jspecify.annotations.Nullable;

/**
 * Mean ablation: sets the chosen values to their mean over the positions of the same input in the unmodified run, or over
 * all tokens of a reference.
 *
 * @param reference inputs to take the mean over; null for the same input
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, for mean ablation</a>
 */
@Described(
        "Sets to the mean over the positions of the same input in the unmodified run, or pooled over all tokens of the"
                + " `reference` inputs.")
public record Mean(@Nullable Input reference) implements Action {
    @Override
    public void check(ActionTarget target) {
        if (target.site() == Site.ATTN_SCORES && target.causal()) {
            throw target.refusal(
                    this, "is undefined on attn_scores of a causal model, where masked scores are minus infinity");
        }
        if (target.site().isAttention() && reference != null) {
            throw new BadSelection(
                    target.at("reference"),
                    "is undefined on " + target.site().shortName() + ", whose keys are positions of one input");
        }
    }

    @Override
    public boolean needsOriginal() {
        return reference == null;
    }

    @Override
    public NDArray edit(NDArray value, EditContext context) {
        NDArray mean = reference != null
                ? context.requiredSourceValues()
                : context.original().mean(new int[] {context.slice().positionAxis() + 1}, true);
        return context.broadcast(mean, value);
    }

    /** The mean over all tokens of the reference: {@code [1, 1, axes of the site after the position]}. */
    @Override
    public NDArray gather(ReferenceRuns runs) {
        NDArray total = runs.manager().zeros(new Shape(1));
        long tokens = 0;
        for (Session.Batch batch : runs.batches()) {
            try (NDManager scratch = runs.session().newManager()) {
                NDArray sum = runs.value(batch, scratch).sum(new int[] {0, 1}, true);
                total = total.add(sum); // owned by the manager of total, which outlives scratch
                tokens += (long) batch.rows().size() * batch.length();
            }
        }
        return total.div(tokens);
    }
}
