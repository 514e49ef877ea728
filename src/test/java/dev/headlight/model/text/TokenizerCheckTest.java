package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.Fixture;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ends the process where the native library gets to see it: each of these did. */
class TokenizerCheckTest {
    @TempDir
    private Path folder;

    private final JsonObject json = JsonParser.parseString("""
                    {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                     "pre_tokenizer": null, "post_processor": null, "decoder": null,
                     "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "A": 2, "ab": 3, "fi": 4, "f": 5, "i": 6}, "merges": []}}
                    """).getAsJsonObject();

    private Tokenizer load() throws IOException {
        return new Tokenizer(Files.writeString(folder.resolve("tokenizer.json"), json.toString()));
    }

    /** Quotes are single in {@code value}. */
    private TokenizerCheckTest with(String key, String value) {
        JsonElement parsed = JsonParser.parseString(value.replace('\'', '"'));
        if (key.startsWith("model.")) {
            json.getAsJsonObject("model").add(key.substring(6), parsed);
        } else {
            json.add(key, parsed);
        }
        return this;
    }

    private void refused(String message) {
        assertThatThrownBy(this::load).isInstanceOf(ModelRefused.class).hasMessageContaining(message);
    }

    private int[] encoded(String text) throws IOException {
        try (Tokenizer tokenizer = load()) {
            return tokenizer.encode(text, true).ids();
        }
    }

    @Test
    void aSoundOneIsReadAsItStands() throws IOException {
        assertThat(encoded("ab")).containsExactly(0, 1);
        assertThat(with("model.merges", "[['a','b']]").encoded("ab")).containsExactly(3);
    }

    private static String template(String single, String tokens) {
        return "{'type':'Sequence','processors':[{'type':'TemplateProcessing','single':[" + single
                + "],'pair':[],'special_tokens':" + tokens + "}]}";
    }

    @Test
    void aTemplateMustDefineItsTokensAndHoldNoOtherSequence() throws IOException {
        String token = "{'SpecialToken':{'id':'x','type_id':0}}";
        String a = "{'Sequence':{'id':'A','type_id':0}}";
        String defined = "{'x':{'id':'x','ids':[1],'tokens':['b']}}";
        assertThat(with("post_processor", template(token + "," + a, defined)).encoded("a"))
                .containsExactly(1, 0);
        with("post_processor", template(token + "," + a, "{}")).refused("special_tokens.x must have as many ids");
        with("post_processor", template(token, "{'x':{'id':'x','ids':[1,2],'tokens':['b']}}"))
                .refused("tokenizer.json: post_processor.processors[0].special_tokens.x");
        with("post_processor", template("{'Sequence':{'id':'B','type_id':0}}", "{}"))
                .refused("single must hold no sequence except A");
    }

    @ParameterizedTest
    @ValueSource(strings = {"['a','b']", "'a b'", "['a','é']", "['a','#']"})
    void aMergeMustGoOnWithThePrefix(String merge) {
        with("model.continuing_subword_prefix", "'##'")
                .with("model.merges", "[" + merge + "]")
                .refused("model.merges hold");
    }

    @Test
    void mergesWithThePrefixAreRead() throws IOException {
        with("model.vocab", "{'a':0,'##b':1,'ab':2}").with("model.continuing_subword_prefix", "'##'");
        assertThat(with("model.merges", "['a ##b']").encoded("ab")).containsExactly(2);
        assertThat(with("model.merges", "[['a','##b']]").encoded("ab")).containsExactly(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "0.5", "'3'", "null"})
    void aPieceOfFixedLengthHasOne(String length) throws IOException {
        with("pre_tokenizer", "{'type':'FixedLength','length':" + length + "}")
                .refused("pre_tokenizer.length must be a positive integer");
        assertThat(with("pre_tokenizer", "{'type':'FixedLength','length':2}").encoded("ab"))
                .hasSize(2);
    }

    @Test
    void aTokenOfHostileLengthIsRefused() throws IOException {
        String model = "{'type':'Unigram','unk_id':0,'vocab':[['<unk>',0],['%s',-1]]}";
        with("model", model.formatted("a".repeat(100_000))).refused("model.vocab holds a token of 100000 characters");
        assertThat(with("model", model.formatted("a".repeat(2000))).encoded("a".repeat(2000)))
                .containsExactly(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "2147483648", "1.5", "1e3", "'1'", "null", "[]"})
    void anIdIsAnIntegerOfThirtyTwoBits(String id) {
        with("model.vocab", "{'a':" + id + "}").refused("tokenizer.json: model.vocab.a must be an integer in 0..");
    }

    @Test
    void thousandsOfAddedTokensAreReadAndMoreAreRefused() throws IOException {
        String token = "{'id':%1$d,'content':'t%1$d','single_word':false,'lstrip':false,'rstrip':false,"
                + "'normalized':false,'special':true}";
        with(
                "added_tokens",
                IntStream.range(7, 2007).mapToObj(token::formatted).collect(Collectors.joining(",", "[", "]")));
        assertThat(encoded("t9a")).containsExactly(9, 0);
        with("added_tokens", "[" + "0,".repeat(50_000) + "0]").refused("added_tokens are 50001");
    }

    @Test
    void replacementsThatMultiplyATextAreRefused() throws IOException {
        String ten = "{'type':'Replace','pattern':{'String':'a'},'content':'aaaaaaaaaa'}";
        String three = ten + "," + ten + "," + ten;
        with("normalizer", "{'type':'Sequence','normalizers':[" + three + "]}");
        assertThat(encoded("a")).hasSize(1000);
        with("normalizer", "{'type':'Sequence','normalizers':[" + three + "," + ten + "]}")
                .refused("normalizer.normalizers[3] and the replacements before it could make a text 10000 times");
    }

    /** Its fault would be no error there, but the end of the process. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{                        | it is not JSON",
                "{\"content\":1e999}     | does not fit float64",
                "{\"content\":\"\\ud800\"} | unpaired surrogate",
                "{\"a\":1,\"a\":2}       | repeated"
            })
    void aDecoderThatIsNoJsonIsRefused(String decoder, String why) throws IOException {
        String text = json.toString().replace("\"decoder\":null", "\"decoder\":" + decoder);
        Path file = Files.writeString(folder.resolve("tokenizer.json"), text);
        assertThatThrownBy(() -> new Tokenizer(file))
                .isInstanceOf(ModelRefused.class)
                .hasMessageStartingWith("tokenizer.json cannot be read: ")
                .hasMessageContaining(why);
    }

    @Test
    void aTextThatTheFileCannotEncodeIsRefused() {
        with("model", "{'type':'WordLevel','vocab':{'a':0},'unk_token':'?'}");
        assertThatThrownBy(() -> encoded("b"))
                .isInstanceOf(ModelRefused.class)
                .hasMessageStartingWith("tokenizer.json cannot encode the text: WordLevel error");
        String processor = "{'type':'BertProcessing','sep':['a',2147483648],'cls':['a',0]}";
        assertThatThrownBy(() -> with("post_processor", processor).encoded("a"))
                .isInstanceOf(ModelRefused.class)
                .hasMessage("tokenizer.json has a token with the id 2147483648");
    }

    // ---- regular expressions

    private static String split(String regex) {
        return "{'type':'Split','pattern':{'Regex':'" + regex.replace("\\", "\\\\")
                + "'},'behavior':'Isolated','invert':false}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(?:a*)*b",
                "(a|b+)*c",
                "((a+)b)*$",
                "(a{2,})+$",
                "(a+){3,}$",
                "(?:[a-z]+)*$",
                "(\\p{L}+\\s*)+$",
                "([(]a+)+"
            })
    void aRepeatedRepetitionIsRefused(String regex) {
        with("pre_tokenizer", split(regex)).refused("which repeats an unbounded repetition");
    }

    /** Of GPT-2, GPT-4, GPT-4o, DeepSeek, Bloom and CLIP, and of thousands. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "(?i:s|t|re|ve|m|ll|d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+",
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:s|t|re)?",
                "[!#$%&()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+",
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                "<\\|startoftext\\|>|<\\|endoftext\\|>|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
                "(?=(\\d{3})+(?!\\d))"
            })
    void whatTokenizersUseIsRead(String regex) throws IOException {
        assertThat(with("pre_tokenizer", split(regex)).encoded("ab")).isNotEmpty();
    }

    @Test
    void aRegularExpressionOfHostileSizeIsRefused() {
        with("pre_tokenizer", split("(".repeat(4000) + "a" + ")".repeat(4000))).refused("more than 50 levels");
        with("pre_tokenizer", split("[".repeat(4000))).refused("more than 50 levels");
        with("pre_tokenizer", split("a|".repeat(10_000))).refused("of 20000 characters");
        with("pre_tokenizer", split("(")).refused("tokenizer.json cannot be read");
    }

    // ---- SentencePiece's table

    /** Made by SentencePiece 0.2 of a few rules: fullwidth A and B, the ligature fi, the circled one, a wide space. */
    private static byte[] table() throws IOException {
        return Base64.getDecoder()
                .decode(Files.readString(Fixture.resource("/precompiled_charsmap.txt"))
                        .trim());
    }

    private TokenizerCheckTest withTable(byte[] table) {
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
