// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.jackson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.jetlane.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values as JSON: the type is that of the application, and no error quotes a payload. */
class JacksonCodecTest {

  record Order(String article, int count) {}

  private static final TypeReference<Map<String, List<Order>>> ORDERS = new TypeReference<>() {};

  private final ObjectMapper mapper = new ObjectMapper();
  private final JacksonCodec<Order> codec = JacksonCodec.of(mapper, Order.class);

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aValueIsEncodedAndDecoded() throws IOException {
    Order order = new Order("l\u00e4mp", 2);
    assertThat(codec.encode(order)).isEqualTo(bytes("{\"article\":\"l\u00e4mp\",\"count\":2}"));
    assertThat(codec.decode(codec.encode(order))).isEqualTo(order);
  }

  @Test
  void theTypesInsideAGenericTypeAreKept() throws IOException {
    JacksonCodec<Map<String, List<Order>>> orders = JacksonCodec.of(mapper, ORDERS);
    Map<String, List<Order>> value = Map.of("a", List.of(new Order("lamp", 2)));
    assertThat(orders.decode(orders.encode(value))).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"article\":\"secret\"",
        "{\"article\":\"secret\",\"count\":\"secret\"}",
        "{\"secret\":1}",
        "[\"secret\"]",
        "{\"article\":\"lamp\",\"count\":2} secret",
        "secret",
        ""
      })
  void anErrorNamesTheTypeAndThePlaceAndQuotesNothing(String json) {
    assertThatThrownBy(() -> codec.decode(bytes(json)))
        .isInstanceOf(IOException.class)
        .hasNoCause()
        .hasMessageMatching(
            "\\w+Exception for dev\\.jetlane\\.jackson\\.JacksonCodecTest\\$Order at line 1, column"
                + " \\d+")
        .satisfies(e -> assertThat(e.toString()).doesNotContain("secret"));
  }

  @Test
  void anErrorNamesItsLineAndItsColumn() {
    assertThatThrownBy(() -> codec.decode(bytes("{\n\n   \"count\": true}")))
        .hasMessageContaining("at line 3, column 13");
  }

  @Test
  void itsTextNamesTheType() {
    assertThat(codec).hasToString("JacksonCodec[" + Order.class.getName() + "]");
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void nullIsRefused() {
    TypeReference<Order> none = null;
    Class<Order> noClass = null;
    assertThatThrownBy(() -> JacksonCodec.of(null, Order.class))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("mapper null");
    assertThatThrownBy(() -> JacksonCodec.of(null, ORDERS))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("mapper null");
    assertThatThrownBy(() -> JacksonCodec.of(mapper, noClass))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("type null");
    assertThatThrownBy(() -> JacksonCodec.of(mapper, none))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("type null");
  }
}
