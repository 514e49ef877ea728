package dev.headlight.web;

import dev.headlight.interp.Receiver;
import dev.headlight.model.HookPoints;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a path ends. */
@Schema(name = "Receiver", description = "What hears of a patch only directly.")
record ReceiverBody(
        @NotNull(message = "is required") @Schema(description = Docs.HOOK, example = "q")
        String hook,

        @Schema(description = "Not needed where `hook` is a full name.", example = "3") @Nullable
        Integer layer,

        @Schema(description = "All where absent.") @Nullable List<Integer> heads,

        @Schema(description = "Negative from the end; all where absent.") @Nullable
        List<Integer> positions,

        @Schema(description = "Indices on the hook's last axis; all where absent.") @Nullable
        List<Integer> neurons) {

    /**
     * The field {@code receivers} of a request.
     *
     * @param bodies null for none
     * @throws dev.headlight.model.BadSelection for a hook point that the model lacks
     */
    static List<Receiver> read(@Nullable List<ReceiverBody> bodies, HookPoints points) {
        List<Receiver> receivers = new ArrayList<>();
        for (int i = 0; bodies != null && i < bodies.size(); i++) {
            ReceiverBody r = bodies.get(i);
            String field = "receivers[" + i + "]";
            receivers.add(
                    new Receiver(field, points.one(field + ".", r.hook, r.layer), r.heads, r.positions, r.neurons));
        }
        return receivers;
    }
}
