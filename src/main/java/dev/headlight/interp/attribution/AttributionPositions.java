package dev.headlight.interp.attribution;

import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The positions at which an attribution reads its metric. */
record AttributionPositions(HookedModel model, Attribution.Query query) {
    /**
     * The positions of one input.
     *
     * @throws BadSelection for positions that it lacks, and for several where the query needs one
     */
    int[] of(Encoded input) {
        if (query.positions() == null) {
            return new int[] {
                Selection.measured("metric.position", query.metric().position(), model, input)
            };
        }
        int[] positions = Selection.positions("positions", query.positions(), input.length());
        if (query.bySource() && positions.length != 1) {
            throw new BadSelection("positions", "must be exactly 1 for by_source");
        }
        return positions;
    }

    /** How many there are in an input of this length. */
    int count(int length) {
        return query.positions() == null ? 1 : Selection.positions("positions", query.positions(), length).length;
    }

    /** The parts of a batch whose inputs have the same positions. */
    List<Session.Batch> parts(Session.Batch batch, List<Encoded> inputs) {
        Map<List<Integer>, List<Integer>> members = new LinkedHashMap<>();
        for (int input : batch.inputs()) {
            members.computeIfAbsent(Session.boxed(of(inputs.get(input))), p -> new ArrayList<>())
                    .add(input);
        }
        return members.values().stream()
                .map(some -> new Session.Batch(
                        some, some.stream().map(i -> inputs.get(i).ids()).toList()))
                .toList();
    }

    /** What is measured at these positions; one of several is not named. */
    Measured measured(List<Integer> positions) {
        Metric metric = query.metric();
        Integer only = positions.size() == 1 ? positions.get(0) : null;
        return Measured.of(model, only, metric.answer(), metric.foil());
    }
}
