package dev.headlight.interp.intervene;

import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.ActionTarget;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.text.Encoded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An intervention whose action's inputs are encoded. It gives its action the target to edit.
 *
 * @param source tokens of the action's source; null for none
 * @param reference tokens of the action's reference; null for none
 */
record PreparedIntervention(
        Intervention intervention,
        @Nullable Encoded source,
        @Nullable List<Encoded> reference) {

    /**
     * Encodes the inputs of its action.
     *
     * @throws BadSelection for inputs that the model rules out
     */
    static PreparedIntervention of(Session session, Intervention intervention, boolean addSpecialTokens) {
        Input source = intervention.action().source();
        Input reference = intervention.action().reference();
        return new PreparedIntervention(
                intervention,
                source == null ? null : session.encodeOne(source, addSpecialTokens),
                reference == null ? null : session.encode(reference, addSpecialTokens));
    }

    /** The hook point that it changes. */
    HookName hook() {
        return intervention.hook();
    }

    /** What it does there. */
    Action action() {
        return intervention.action();
    }

    /**
     * Checks its slice and its action.
     *
     * @throws BadSelection if the model or an input of this length rules them out
     */
    void check(ModelInfo info, int length) {
        action().check(target(info, length));
    }

    /**
     * Where its action acts, for inputs of one length.
     *
     * @throws BadSelection for a slice that the hook point lacks
     */
    ActionTarget target(ModelInfo info, int length) {
        return new ActionTarget(
                intervention.at("action"),
                hook(),
                intervention.slice(info, length),
                info.causal(),
                intervention.positions(),
                source);
    }
}
