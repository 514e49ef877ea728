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
 * An intervention whose other inputs are encoded.
 *
 * @param source tokens of the action's source; null where it has none
 * @param reference tokens of the action's reference; null where it has none
 */
record PreparedIntervention(
        Intervention asked,
        @Nullable Encoded source,
        @Nullable List<Encoded> reference) {

    /** @throws BadSelection for inputs that the model rules out */
    static PreparedIntervention of(Session session, Intervention asked, boolean addSpecialTokens) {
        Input source = asked.action().source();
        Input reference = asked.action().reference();
        return new PreparedIntervention(
                asked,
                source == null ? null : session.encodeOne(source, addSpecialTokens),
                reference == null ? null : session.encode(reference, addSpecialTokens));
    }

    /** The hook point that it changes. */
    HookName hook() {
        return asked.hook();
    }

    /** What it does there. */
    Action action() {
        return asked.action();
    }

    /**
     * Checks what needs no run.
     *
     * @throws BadSelection for what the model rules out on an input of this length
     */
    void check(ModelInfo info, int length) {
        action().check(target(info, length));
    }

    /**
     * Where its action acts, on inputs of one length.
     *
     * @throws BadSelection for a slice that the hook point lacks
     */
    ActionTarget target(ModelInfo info, int length) {
        return new ActionTarget(
                asked.at("action"), hook(), asked.slice(info, length), info.causal(), asked.positions(), source);
    }
}
