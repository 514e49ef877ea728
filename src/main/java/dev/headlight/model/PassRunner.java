package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.model.schedule.BatchSize;
import dev.headlight.model.schedule.PassScheduler;
import dev.headlight.tensor.MetaArray;
import dev.headlight.tensor.Ops;
import java.util.List;

/** Runs the steps of the forward passes of one model: on the scheduler's threads, or on this thread in a dry run. */
final class PassRunner {
    /** What a step computes. */
    interface Computation {
        /**
         * Computes it in the model's dtype.
         *
         * @param input token ids or residual stream [batch, position, ..]
         * @param hooks {@linkplain Hooks#cast() cast} already
         * @return belongs to the input's manager and to no scope; the input itself if there is no result
         */
        NDArray of(NDArray input, Hooks hooks);
    }

    private final HookedModel model;
    private final PassScheduler scheduler;
    private final ForwardCosts costs;
    private final ForwardClock clock = new ForwardClock();

    PassRunner(HookedModel model, PassScheduler scheduler) {
        this.model = model;
        this.scheduler = scheduler;
        this.costs = new ForwardCosts(model);
    }

    /**
     * Runs a step from an input [batch, position, ..] and waits for its result.
     *
     * @param step it may run together with equal steps of other requests, if its hooks permit it
     */
    NDArray run(ModelPass.Step step, NDArray input, Hooks hooks, Computation computation) {
        if (MetaArray.is(input)) {
            Ops.differentiate(hooks.differentiates(), input);
            return computation.of(input, hooks.cast());
        }
        if (hooks.differentiates() && !scheduler.runsHere()) {
            throw new IllegalStateException("gradients belong to one thread: the pass must run in a section");
        }
        return scheduler.run(new ModelPass(this, mayJoin(hooks) ? step : step.alone(), input, hooks, computation));
    }

    /** Whether hooks act on the rows of their own request only, and cannot make the model itself fail. */
    private boolean mayJoin(Hooks hooks) {
        return !hooks.differentiates()
                && !hooks.addsRows()
                && expertChoices().stream().noneMatch(hooks::changes);
    }

    private List<HookName> expertChoices() {
        if (!model.hookPoints().sites().contains(Site.EXPERT_INDICES)) {
            return List.of(); // asked before every pass
        }
        return model.hookPoints().every().stream()
                .filter(hook -> hook.site() == Site.EXPERT_INDICES)
                .toList();
    }

    /** What a pass of one input of this length costs, without the weights and captured values. */
    BatchSize cost(int positions) {
        return costs.of(positions);
    }

    HookedModel model() {
        return model;
    }

    ForwardClock clock() {
        return clock;
    }
}
