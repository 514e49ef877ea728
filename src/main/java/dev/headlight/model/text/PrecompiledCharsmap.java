package dev.headlight.model.text;

import dev.headlight.model.fault.ModelRefused;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;

/**
 * Checks SentencePiece's table of normalised characters: the size of a trie, its units, then the texts that its leaves
 * point to. Every step of a look-up must stay inside the table, because the native library does not check it.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/v0.2.0/src/normalizer.cc">SentencePiece, normalizer.cc</a>
 * @see <a href="https://github.com/s-yata/darts-clone">Darts-clone, the trie</a>
 */
final class PrecompiledCharsmap {
    private final ByteBuffer units;
    private final ByteBuffer texts;
    private final int count;

    private PrecompiledCharsmap(ByteBuffer units, ByteBuffer texts) {
        this.units = units;
        this.texts = texts;
        this.count = units.remaining() / Integer.BYTES;
    }

    /**
     * Checks a table.
     *
     * @throws ModelRefused if it cannot be read, or if a step leads outside
     */
    static void require(String path, String base64) {
        try {
            ByteBuffer all = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
            int size = Integer.BYTES > all.remaining() ? -1 : all.getInt() & -Integer.BYTES;
            if (size >= Integer.BYTES && size <= all.remaining()) {
                ByteBuffer units = all.slice(all.position(), size).order(ByteOrder.LITTLE_ENDIAN);
                ByteBuffer texts = all.slice(all.position() + size, all.remaining() - size);
                StandardCharsets.UTF_8.newDecoder().decode(texts.duplicate());
                if (new PrecompiledCharsmap(units, texts).isClosed()) {
                    return;
                }
            }
        } catch (IllegalArgumentException | CharacterCodingException e) {
            // not base64, or not UTF-8: refused below
        }
        throw TokenizerCheck.refused(path + ".precompiled_charsmap", "is not a valid table of characters");
    }

    /** Walks from the root along all bytes, and reports whether every step stays inside. */
    private boolean isClosed() {
        BitSet seen = new BitSet(count);
        Deque<Integer> next = new ArrayDeque<>();
        next.push(children(0));
        while (!next.isEmpty()) {
            int children = next.pop();
            if (seen.get(children)) {
                continue;
            }
            seen.set(children);
            for (int b = 1; b < 0x100; b++) {
                int unit = children ^ b;
                if (unit >= count) {
                    return false;
                }
                if (label(unit) == b) {
                    int below = children(unit);
                    if (below >= count || (hasLeaf(unit) && !isText(unit(below) & Integer.MAX_VALUE))) {
                        return false;
                    }
                    next.push(below);
                }
            }
        }
        return true;
    }

    private int unit(int index) {
        return units.getInt(Integer.BYTES * index);
    }

    /** The byte that leads to a unit; any other value for a leaf. */
    private int label(int index) {
        return unit(index) & 0x800000FF;
    }

    private boolean hasLeaf(int index) {
        return (unit(index) >>> 8 & 1) == 1;
    }

    /** The base of a unit's children: the child for a byte is at this index XOR the byte. */
    private int children(int index) {
        int unit = unit(index);
        long offset = (long) (unit >>> 10) << ((unit & 0x200) >> 6);
        return (int) Math.min(index ^ offset, Integer.MAX_VALUE);
    }

    /** Whether a text may begin at this offset: inside the table and not inside a character. */
    private boolean isText(int at) {
        return at == texts.limit() || (at < texts.limit() && (texts.get(at) & 0xC0) != 0x80);
    }
}
