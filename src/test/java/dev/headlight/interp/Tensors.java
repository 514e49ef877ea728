package dev.headlight.interp;

import dev.headlight.interp.read.Activations;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Small arithmetic on tensors' values, and the values of an unmodified run to do it with. */
public final class Tensors {
    private Tensors() {}

    /** One element of the first axis, whose length is given. */
    public static float[] row(float[] values, int rows, int row) {
        int size = values.length / rows;
        return Arrays.copyOfRange(values, row * size, (row + 1) * size);
    }

    static float[] floats(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }

    /** The value at one index on each axis. */
    public static float at(Tensor tensor, int... index) {
        long[] shape = tensor.shape();
        int flat = 0;
        for (int axis = 0; axis < index.length; axis++) {
            flat = flat * (int) shape[axis] + index[axis];
        }
        return tensor.toFloats()[flat];
    }

    /** A hook point of the unmodified run on one input. */
    public static float[] activation(Fixture f, HookName hook, int... ids) {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            List<Encoded> inputs = Requests.inputs(session, ids);
            return Activations.compute(session, inputs, new Activations.Query(List.of(hook), null))
                    .results()
                    .get(0)
                    .activations()
                    .get(hook.toString())
                    .toFloats();
        }
    }
}
