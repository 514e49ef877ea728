package dev.headlight.interp;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.Add;
import dev.headlight.interp.intervene.action.Clamp;
import dev.headlight.interp.intervene.action.Freeze;
import dev.headlight.interp.intervene.action.Mask;
import dev.headlight.interp.intervene.action.Mean;
import dev.headlight.interp.intervene.action.Noise;
import dev.headlight.interp.intervene.action.Patch;
import dev.headlight.interp.intervene.action.ProjectOut;
import dev.headlight.interp.intervene.action.Resample;
import dev.headlight.interp.intervene.action.Scale;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.intervene.action.Set;
import dev.headlight.interp.intervene.action.Zero;
import dev.headlight.interp.session.Input;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Random interventions on a model. */
final class RandomInterventions {
    private final HookedModel model;
    private final Random random;
    private final RandomInputs inputs;

    RandomInterventions(HookedModel model, Random random, RandomInputs inputs) {
        this.model = model;
        this.random = random;
        this.inputs = inputs;
    }

    /** A random action at a random hook point. */
    Intervention next() {
        List<HookName> points = model.hookPoints().every().stream()
                .filter(hook -> hook.site() != Site.EXPERT_INDICES && hook.site() != Site.EXPERT_WEIGHTS)
                .toList();
        HookName hook = points.get(random.nextInt(points.size()));
        List<Integer> heads = hook.site().hasHeads() && random.nextBoolean()
                ? inputs.some(model.info().heads(hook.site()))
                : null;
        List<Integer> positions = inputs.some(RandomInputs.SHORTEST);
        return new Intervention("i", hook, null, heads, positions, null, action(hook, positions));
    }

    private Action action(HookName hook, List<Integer> positions) {
        boolean causalScores = hook.site() == Site.ATTN_SCORES && model.info().causal();
        return switch (random.nextInt(11)) {
            case 0 -> new Zero();
            case 1 -> new Set(0.5);
            case 2 -> new Scale(2);
            case 3 -> new Noise(0.1, new SeededRandom(random.nextInt(100)));
            case 4 ->
                hook.site().isAttention()
                        ? new Scale(0.5)
                        : new Add(Collections.nCopies(model.info().width(hook.site(), 1), 0.5), 1);
            case 5 -> new Freeze();
            case 6 -> new Clamp(-0.1, random.nextBoolean() ? 0.1 : null);
            case 7 ->
                hook.site().isAttention()
                        ? new Freeze()
                        : new Resample(new SeededRandom(random.nextInt(100)), reference(hook));
            case 8 ->
                hook.site().isAttention()
                        ? new Set(1)
                        : new ProjectOut(Collections.nCopies(model.info().width(hook.site(), 1), 0.5), 1);
            case 9 -> causalScores ? new Mask() : new Mean(reference(hook));
            default ->
                hook.site().isAttention() || positions == null
                        ? new Scale(0)
                        : new Patch(Requests.input("source", inputs.ids(inputs.length())), positions);
        };
    }

    private Input reference(HookName hook) {
        return hook.site().isAttention() || random.nextBoolean() ? null : Requests.input("reference", inputs.inputs());
    }
}
