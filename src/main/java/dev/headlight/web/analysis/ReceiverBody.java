package dev.headlight.web.analysis;

import dev.headlight.interp.patching.Receiver;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON of a receiver of path patching. */
@Schema(name = "Receiver", description = "A receiver sees the patched sender only through direct paths.")
record ReceiverBody(
        @NotNull(message = "is required")
        @Schema(
                description =
                        "Hook point: a short name together with `layer` or `layers` (`resid_post`), a full name (`blocks.3.hook_resid_post`), a full name with `*` for every layer (`blocks.*.hook_resid_post`), or `*` for every hook point.",
                example = "q")
        String hook,

        @Schema(description = "Layer. Not needed if `hook` is a full name.", example = "3") @Nullable
        Integer layer,

        @Schema(
                description =
                        "Several layers, in place of `layer`. With a full name that has `*` for the layer, the layers that it stands for.")
        @Nullable
        List<Integer> layers,

        @Schema(description = "Heads. By default, all.") @Nullable
        List<Integer> heads,

        @Schema(description = "Token positions; negative ones count from the end. By default, all.") @Nullable
        List<Integer> positions,

        @Schema(description = "Indices on the last axis of the hook point. By default, all.") @Nullable
        List<Integer> neurons) {

    /**
     * Reads the field {@code receivers} of a request.
     *
     * @param bodies null for none
     * @throws dev.headlight.model.fault.BadSelection for a hook point that the model lacks
     */
    static List<Receiver> read(@Nullable List<ReceiverBody> bodies, HookPoints points) {
        List<Receiver> receivers = new ArrayList<>();
        for (int i = 0; bodies != null && i < bodies.size(); i++) {
            ReceiverBody body = bodies.get(i);
            String field = "receivers[" + i + "]";
            for (HookName hook : points.some(field + ".", body.hook, body.layer, body.layers)) {
                receivers.add(new Receiver(field, hook, body.heads, body.positions, body.neurons));
            }
        }
        return receivers;
    }
}
