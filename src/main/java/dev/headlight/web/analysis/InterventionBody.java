package dev.headlight.web.analysis;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON of one intervention. */
@Schema(name = "Intervention")
record InterventionBody(
        @NotNull(message = "is required")
        @Schema(
                description =
                        "Hook point: a short name together with `layer` or `layers` (`resid_post`), a full name (`blocks.3.hook_resid_post`), a full name with `*` for every layer (`blocks.*.hook_resid_post`), or `*` for every hook point.",
                example = "resid_post")
        String hook,

        @Schema(description = "Layer. Not needed if `hook` is a full name.", example = "0") @Nullable
        Integer layer,

        @Schema(
                description =
                        "Several layers, in place of `layer`. With a full name that has `*` for the layer, the layers that it stands for.")
        @Nullable
        List<Integer> layers,

        @Schema(description = "Indices on the last axis of the hook point. By default, all.") @Nullable
        List<Integer> neurons,

        @Schema(description = "Heads, if the hook point has them; key-value heads for `k` and `v`. By default, all.")
        @Nullable
        List<Integer> heads,

        @Schema(
                description =
                        "Token positions; negative ones count from the end. Attention hooks select query rows. By default, all.")
        @Nullable
        List<Integer> positions,

        @Schema(description = "Key positions of attention hooks. By default, all.") @Nullable
        List<Integer> keys,

        @NotNull(message = "is required") Action action) {

    /**
     * Reads the field {@code interventions} of a request. One of several hook points becomes one for each, with the same
     * field and action.
     *
     * @param bodies null for none
     * @throws dev.headlight.model.fault.BadSelection for a hook point that the model lacks
     */
    static List<Intervention> read(@Nullable List<InterventionBody> bodies, HookPoints points) {
        List<Intervention> interventions = new ArrayList<>();
        if (bodies == null) {
            return interventions;
        }
        for (int i = 0; i < bodies.size(); i++) {
            String field = "interventions[" + i + "]";
            InterventionBody body = bodies.get(i);
            for (HookName hook : points.some(field + ".", body.hook, body.layer, body.layers)) {
                interventions.add(new Intervention(
                        field, hook, body.neurons, body.heads, body.positions, body.keys, body.action));
            }
        }
        return interventions;
    }
}
