package dev.headlight.web;

import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.verify.Comparison;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.store.MemoryBudget;
import dev.headlight.render.Dot;
import dev.headlight.render.Drawing;
import dev.headlight.render.Graph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import org.springframework.util.FastByteArrayOutputStream;

/** Draws answers as picture files. Drawing takes a whole core, so it counts as computing. */
@Component
final class Pictures {
    private static final int BLOCK = 1 << 14;

    private final OperatorMetrics metrics;
    private final long mostPixels;
    private final Duration memoryWait;
    private final MemoryBudget heap;

    @Autowired
    Pictures(OperatorMetrics metrics, HeadlightProperties properties) {
        this(metrics, properties, Runtime.getRuntime().maxMemory() / 3);
    }

    /** @param heapBytes bytes of the heap that all pictures may take together, until they are sent */
    Pictures(OperatorMetrics metrics, HeadlightProperties properties, long heapBytes) {
        this.metrics = metrics;
        this.mostPixels = properties.limits().picturePixels();
        this.memoryWait = properties.memoryWait();
        this.heap = new MemoryBudget(heapBytes);
    }

    /**
     * Draws an answer, or the difference of two answers, as a file. A picture that is too large is drawn coarser if it can be.
     *
     * @param comparison comparison whose difference is drawn; null to draw the answer itself
     * @param format PNG, SVG or DOT
     * @param lease holds the share of the heap until the picture has been sent
     * @throws TooLarge if even the coarsest picture is larger than the limits allow
     * @throws MemoryBudget.NotEnoughMemory if other pictures hold the heap for too long
     */
    <A extends AnalysisAnswer> FastByteArrayOutputStream draw(
            Plan.Picture<A> picture, A analysis, @Nullable Comparison comparison, Format format, AnswerLease lease) {
        if (comparison == null) {
            return file(picture.draw(analysis, null), format, lease);
        }
        @SuppressWarnings("unchecked") // replacing the tensors of an answer keeps its class
        A difference = (A) analysis.with(comparison.difference());
        return file(picture.draw(difference, comparison.model()), format, lease);
    }

    private FastByteArrayOutputStream file(Drawing whole, Format format, AnswerLease lease) {
        FastByteArrayOutputStream file = new FastByteArrayOutputStream(BLOCK); // never copied as a whole
        try {
            if (format == Format.DOT) { // endpoints that offer DOT draw graphs
                file.write(Dot.text((Graph) whole).getBytes(StandardCharsets.UTF_8));
                return file;
            }
            Drawing drawing = whole.within(mostPixels, heap.total());
            requireFits(drawing);
            MemoryBudget.Reservation share = heap.await("input", drawing.heapBytes(), memoryWait);
            lease.hold(share);
            if (format == Format.PNG) {
                drawing.png(file);
            } else {
                drawing.svg(file);
            }
            share.shrinkTo(file.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot happen in memory
        }
        metrics.drawn(format);
        return file;
    }

    private void requireFits(Drawing drawing) {
        if (drawing.pixels() > mostPixels) {
            throw new TooLarge(
                    "input", drawing.pixels(), mostPixels, "pixels of the picture", "headlight.limits.picture-pixels");
        }
        if (drawing.heapBytes() > heap.total()) {
            throw new TooLarge(
                    "input",
                    drawing.heapBytes(),
                    heap.total(),
                    "bytes to draw the picture",
                    "a third of the Java heap");
        }
    }
}
