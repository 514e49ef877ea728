package dev.headlight.web;

import dev.headlight.interp.Grid;
import dev.headlight.interp.Patch;
import dev.headlight.interp.Session;
import dev.headlight.model.BadSelection;
import dev.headlight.model.HookPoints;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What requests have that patch the cells of a grid. */
interface PatchBody extends ContrastBody {
    @Nullable
    String hook();

    List<Grid.Axis> over();

    @Nullable
    List<Integer> layers();

    @Nullable
    List<Integer> positions();

    @Nullable
    List<Integer> heads();

    @Nullable
    List<Integer> neurons();

    /**
     * @param window how many layers are patched together
     * @param seed from {@link #seedOrAny}, one for both models of a comparison
     */
    default Patch patch(Session session, int window, long seed) {
        String hook = hook();
        if (hook == null) {
            throw new BadSelection("hook", "is required");
        }
        HookPoints points = session.model().hookPoints();
        return new Patch(
                new Grid.Query(hook, over(), layers(), positions(), heads(), neurons(), window),
                metric().read("metric", session),
                direction() == null ? Patch.Direction.DENOISING : direction(),
                ablation(),
                seed,
                InterventionBody.read(interventions(), points),
                specialTokens());
    }
}
