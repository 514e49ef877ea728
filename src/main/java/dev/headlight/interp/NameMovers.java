package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Shares;
import dev.headlight.model.Site;
import dev.headlight.model.StreamReader;
import dev.headlight.tensor.Ops;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How much the last position of one input attends to the answer, and what each head adds to its logit there.
 *
 * @param attention summed over all positions of the answer, by layer, then by head
 * @param logit what the head's output adds to the answer's logit less the foil's, all norms' scales being frozen
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022</a>
 */
record NameMovers(float[] attention, float[] logit) {
    /**
     * @param foil null for none
     * @throws BadSelection if the answer is not in the input
     */
    static NameMovers of(Session session, Altered altered, Encoded input, int answer, @Nullable Integer foil) {
        HookedModel model = session.model();
        int[] positions = IntStream.range(0, input.length())
                .filter(i -> input.ids()[i] == answer)
                .toArray();
        if (positions.length == 0) {
            throw new BadSelection("answer", answer, "is not in the input, where a name mover would attend to it");
        }
        int[] last = {input.length() - 1};
        int heads = model.info().nHeads();
        float[] attention = new float[model.info().nLayers() * heads];
        float[] logit = new float[attention.length];
        try (NDManager scratch = session.newManager()) {
            Hooks patterns = reader(last[0], positions, attention, heads);
            StreamReader stream = new StreamReader(
                    altered.on(scratch, List.of(input.ids())).then(patterns), List.of(), last, false, false);
            NDArray resid = model.climb(HookedModel.ids(scratch, List.of(input.ids())), stream, null);
            model.unembedAt(resid, last, stream);
            Shares shares = model.weightReader().shares(stream, answer, foil);
            for (int layer = 0; layer < shares.layers().size(); layer++) {
                double[] own = shares.layers().get(layer).heads().toDoubleArray();
                for (int head = 0; head < heads; head++) {
                    logit[layer * heads + head] = (float) own[head];
                }
            }
        }
        return new NameMovers(attention, logit);
    }

    private static Hooks reader(int last, int[] positions, float[] attention, int heads) {
        return new Hooks() {
            @Override
            public NDArray at(HookName name, NDArray value) {
                if (wants(name)) {
                    double[] ofHeads;
                    try (NDScope scope = new NDScope()) {
                        scope.suppressNotUsedWarning();
                        NDArray row = Ops.slice(value, 2, last, last + 1); // (1, head, 1, key)
                        ofHeads = Ops.select(row, 3, positions)
                                .toType(DataType.FLOAT64, false)
                                .sum(new int[] {0, 2, 3}, false)
                                .toDoubleArray();
                    }
                    for (int head = 0; head < heads; head++) {
                        attention[name.layer() * heads + head] = (float) ofHeads[head];
                    }
                }
                return value;
            }

            @Override
            public boolean wants(HookName name) {
                return name.site() == Site.PATTERN;
            }

            @Override
            public boolean keeps(HookName name) {
                return false;
            }

            @Override
            public boolean changes(HookName name) {
                return false;
            }
        };
    }

    /** The product of both. */
    float[] product() {
        float[] product = new float[attention.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = attention[i] * logit[i];
        }
        return product;
    }
}
