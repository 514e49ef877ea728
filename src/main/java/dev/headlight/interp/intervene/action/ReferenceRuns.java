package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.session.Session;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.text.Encoded;
import java.util.List;

/**
 * Unmodified runs on the inputs of an action's {@code reference}.
 *
 * @param inputs of the reference
 * @param longest positions of the longest input that the action edits
 * @param manager owner of the values that the action gathers
 */
public record ReferenceRuns(Session session, HookName hook, List<Encoded> inputs, int longest, NDManager manager) {

    /** The inputs, grouped by length. */
    List<Session.Batch> batches() {
        return session.batches(inputs, List.of(hook));
    }

    /** The hook point's value in the run of a batch, owned by {@code scratch}: {@code [batch, axes of the site]}. */
    NDArray value(Session.Batch batch, NDManager scratch) {
        Capture capture = new Capture(List.of(hook));
        session.model().forwardTo(batch.ids(scratch), capture);
        return capture.value(hook);
    }
}
