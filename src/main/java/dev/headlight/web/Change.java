package dev.headlight.web;

import dev.headlight.interp.Action;
import dev.headlight.interp.Intervention;
import dev.headlight.model.HookName;
import dev.headlight.model.HookPoints;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of the interventions of any request that has them. */
@Schema(name = "Intervention")
record Change(
        @NotNull(message = "is required") @Schema(description = Docs.HOOK, example = "resid_post")
        String hook,

        @Schema(description = "Not needed where `hook` is a full name.", example = "0") @Nullable
        Integer layer,

        @Schema(description = "Indices on the hook's last axis; all where absent.") @Nullable
        List<Integer> neurons,

        @Schema(description = "Heads of a hook that has them (kv heads of `k` and `v`); all where absent.") @Nullable
        List<Integer> heads,

        @Schema(description = "Negative from the end; query rows of attention hooks; all where absent.") @Nullable
        List<Integer> positions,

        @Schema(description = "Keys of attention hooks; all where absent.") @Nullable
        List<Integer> keys,

        @NotNull(message = "is required") Action action) {

    /**
     * The field {@code interventions} of a request.
     *
     * @param changes null for none
     * @throws dev.headlight.model.BadSelection for a hook point that the model lacks
     */
    static List<Intervention> read(@Nullable List<Change> changes, HookPoints points) {
        List<Intervention> interventions = new ArrayList<>();
        if (changes == null) {
            return interventions;
        }
        for (int i = 0; i < changes.size(); i++) {
            String field = "interventions[" + i + "]";
            Change c = changes.get(i);
            HookName hook = points.one(field + ".", c.hook, c.layer);
            interventions.add(new Intervention(field, hook, c.neurons, c.heads, c.positions, c.keys, c.action));
        }
        return interventions;
    }
}
