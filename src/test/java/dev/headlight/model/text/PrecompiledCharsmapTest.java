package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.Fixture;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tables that would make the native library read outside of them are refused. */
class PrecompiledCharsmapTest extends TokenizerFileTest {
    /** Made by SentencePiece 0.2 of a few rules: fullwidth A and B, the ligature fi, the circled one, a wide space. */
    private static byte[] table() throws IOException {
        return Base64.getDecoder()
                .decode(Files.readString(Fixture.resource("/precompiled_charsmap.txt"))
                        .trim());
    }

    private TokenizerFileTest withTable(byte[] table) {
        String base64 = Base64.getEncoder().encodeToString(table);
        return with(
                "normalizer",
                "{'type':'Sequence','normalizers':[{'type':'Precompiled','precompiled_charsmap':'" + base64 + "'}]}");
    }

    @Test
    void aTableOfCharactersIsRead() throws IOException {
        assertThat(withTable(table()).encoded("\uFF21\uFB01a")).containsExactly(2, 5, 6, 0);
    }

    @Test
    void aTableThatIsNoneIsRefused() throws IOException {
        String why = "normalizer.normalizers[0].precompiled_charsmap is not a valid table of characters";
        with("normalizer", "{'type':'Sequence','normalizers':[{'type':'Precompiled'}]}")
                .refused(why);
        with("normalizer", "{'type':'Sequence','normalizers':[{'type':'Precompiled','precompiled_charsmap':'?'}]}")
                .refused(why);
        withTable(new byte[0]).refused(why);
        withTable(new byte[3]).refused(why);
        withTable(new byte[4]).refused(why); // a trie without a root
        withTable(new byte[8]).refused(why); // whose size is 0
        byte[] table = table();
        withTable(java.util.Arrays.copyOf(table, 1000)).refused(why);
        ByteBuffer bytes = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        withTable(bytes.putInt(0, -4).array()).refused(why);
        withTable(bytes.putInt(0, 1 << 30).array()).refused(why);
    }

    /** One whose texts are cut off is sound but for its leaves. */
    @Test
    void aTableThatPointsBehindItsEndOrIntoACharacterIsRefused() throws IOException {
        String why = "is not a valid table of characters";
        byte[] table = table();
        withTable(java.util.Arrays.copyOf(table, 1024 + 4)).refused(why);
        byte[] within = table.clone();
        for (int i = 1024 + 4; i + 1 < within.length; i += 2) { // every text begins inside of a character, or none does
            within[i] = (byte) 0xC3;
            within[i + 1] = (byte) 0xA9;
        }
        withTable(within).refused(why);
    }

    /** Whatever becomes of the trie: what is not refused can be walked by any text. */
    @Test
    void aBrokenTableIsRefusedOrHarmless() throws IOException {
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] table = table();
            table[4 + random.nextInt(table.length - 4)] ^= (byte) (1 << random.nextInt(8));
            try {
                withTable(table).encoded("aAbBfi\uFF21\uFB01\u2460\u3000\u00E9\u0431\uD83D\uDE00 0\u030A");
            } catch (ModelRefused e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1, 299);
    }
}
