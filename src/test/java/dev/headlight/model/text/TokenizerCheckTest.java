package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that would end the process in the native library are refused: each of these did. */
class TokenizerCheckTest extends TokenizerFileTest {
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
}
