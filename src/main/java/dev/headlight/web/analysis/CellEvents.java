package dev.headlight.web.analysis;

import dev.headlight.interp.patching.Sweep;
import java.util.ArrayList;
import java.util.List;

/** Sends the cells of a sweep as they are computed, as events {@code cells}. */
final class CellEvents implements Sweep.Listener {
    private final EventStream events;
    private int models;
    private int columns;
    private int done;
    private int of;

    private record Cell(int[] index, double value) {}

    /**
     * @param done number of cells that have been sent, counted once per noise sample
     * @param of number of all cells, counted in the same way
     */
    private record Cells(List<Cell> cells, int done, int of) {}

    CellEvents(EventStream events) {
        this.events = events;
    }

    @Override
    public void starts(int gridColumns, int cells) {
        models++;
        columns = gridColumns;
        of = cells;
    }

    /** Sends cells of the request's model; cells of a compared model are only in the answer. */
    @Override
    public void found(int[] cells, double[] values) {
        if (models > 1) {
            return;
        }
        List<Cell> found = new ArrayList<>();
        for (int i = 0; i < cells.length; i++) {
            found.add(new Cell(new int[] {cells[i] / columns, cells[i] % columns}, values[i]));
        }
        done += cells.length;
        events.send("cells", new Cells(found, done, of));
    }
}
