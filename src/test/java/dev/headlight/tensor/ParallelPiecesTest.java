package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ParallelPiecesTest {
    private static final int PIECES = 500;
    private static final int MOST = 1000; // values of a piece

    private final ByteBuffer ones = ByteBuffer.allocateDirect(MOST * Float.BYTES);
    private final AtomicInteger taken = new AtomicInteger();

    /** A tensor of {@link #PIECES} pieces; {@link #taken} counts those that are made or in work. */
    private ParallelPieces pieces() {
        Iterator<Piece.Range> ranges = IntStream.range(0, PIECES)
                .mapToObj(i -> {
                    taken.incrementAndGet();
                    return new Piece.Range(ones, 0, MOST, (long) i * MOST);
                })
                .iterator();
        return new ParallelPieces(new NestedText(new long[] {PIECES, MOST}), ranges, MOST);
    }

    private static String expected() {
        String row = "[" + "0.0,".repeat(MOST - 1) + "0.0]";
        return "[" + (row + ",").repeat(PIECES - 1) + row + "]";
    }

    @Test
    void aSlowReaderHoldsOnlyTheFewPiecesThatAreMadeAhead() throws IOException {
        AtomicInteger written = new AtomicInteger();
        pieces().write(new OutputStream() {
            @Override
            public void write(int one) {}

            @Override
            public void write(byte[] bytes, int from, int length) {
                // one more: an iterator of a stream takes the next element when it is asked whether there is one
                assertThat(taken.get() - written.getAndIncrement()).isLessThanOrEqualTo(ParallelPieces.AHEAD + 1);
            }
        });
        assertThat(written).hasValue(PIECES);
    }

    @Test
    void aClientThatHasGoneEndsTheWorkOfEveryThread() {
        AtomicInteger written = new AtomicInteger();
        ParallelPieces pieces = pieces();
        assertThatThrownBy(() -> pieces.write(new OutputStream() {
                    @Override
                    public void write(int one) {}

                    @Override
                    public void write(byte[] bytes, int from, int length) throws IOException {
                        if (written.incrementAndGet() == 10) {
                            throw new IOException("the client has gone");
                        }
                    }
                }))
                .hasMessage("the client has gone");
        assertThat(pieces.isIdle()).isTrue();
        assertThat(taken.get()).isLessThanOrEqualTo(10 + ParallelPieces.AHEAD + 1);
        assertThat(ParallelPieces.writers()).isZero();
    }

    @Test
    void manyWritersAtOnceDoNotDisturbEachOther() throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(16);
        try {
            var texts = IntStream.range(0, 64)
                    .mapToObj(i -> writers.submit(() -> {
                        var text = new ByteArrayOutputStream();
                        pieces().write(text);
                        return text.toString(StandardCharsets.US_ASCII);
                    }))
                    .toList();
            for (Future<String> text : texts) {
                assertThat(text.get().equals(expected())).isTrue();
            }
        } finally {
            writers.shutdownNow();
        }
        assertThat(ParallelPieces.writers()).isZero();
    }

    @Test
    void anInterruptedThreadWritesEverythingAndStaysInterrupted() throws IOException {
        var text = new ByteArrayOutputStream();
        Thread.currentThread().interrupt();
        try {
            pieces().write(text);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(text.toString(StandardCharsets.US_ASCII).equals(expected())).isTrue();
    }
}
