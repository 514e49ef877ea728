package dev.headlight.interp.lens;

import dev.headlight.interp.Requests;
import dev.headlight.model.HookedModel;
import java.util.List;

/** Queries of lenses, as the tests write them. */
public final class Lenses {
    private Lenses() {}

    /** Every layer and position, with logits. */
    static LogitLens.Query all(HookedModel model, String hook) {
        return query(LogitLens.Kind.LOGIT, model, hook, null, List.of(), "[]");
    }

    static LogitLens.Query tuned(HookedModel model, String hook) {
        return query(LogitLens.Kind.TUNED, model, hook, null, List.of(), "[]");
    }

    static LogitLens.Query altered(HookedModel model, String hook, String interventions) {
        return query(LogitLens.Kind.LOGIT, model, hook, null, List.of(), interventions);
    }

    public static LogitLens.Query query(
            LogitLens.Kind kind,
            HookedModel model,
            String hook,
            List<Integer> positions,
            List<Integer> targets,
            String interventions) {
        return new LogitLens.Query(
                kind,
                LensHookNames.of(model.hookPoints(), model.info().nLayers(), hook, null),
                positions,
                null,
                true,
                targets,
                true,
                Requests.interventions(model.hookPoints(), interventions),
                true);
    }
}
