// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Payloads as JSON, by the Jackson of the application: 3 with Spring Boot 4, 2 with 3.5. */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.autoconfigure.jackson.JacksonAutoConfiguration",
      "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
      "org.springframework.boot.jackson2.autoconfigure.Jackson2AutoConfiguration"
    })
public class JetlaneJacksonAutoConfiguration {

  /** Creates the configuration, for Spring. */
  public JetlaneJacksonAutoConfiguration() {}

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(JsonMapper.class)
  @ConditionalOnSingleCandidate(JsonMapper.class)
  @ConditionalOnMissingBean(PayloadCodec.class)
  static class Jackson3 {

    @Bean
    PayloadCodec jetlaneJackson3Codec(JsonMapper mapper) {
      return new PayloadCodec() {
        @Override
        public Object read(byte[] payload, Type type) throws IOException {
          try {
            return mapper.readValue(payload, mapper.constructType(type));
          } catch (JacksonException e) {
            throw unreadable(e, type);
          }
        }

        @Override
        public byte[] write(Object value) {
          return mapper.writeValueAsBytes(value);
        }
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ObjectMapper.class)
  @ConditionalOnSingleCandidate(ObjectMapper.class)
  @ConditionalOnMissingBean(PayloadCodec.class)
  static class Jackson2 {

    @Bean
    PayloadCodec jetlaneJackson2Codec(ObjectMapper mapper) {
      return new PayloadCodec() {
        @Override
        public Object read(byte[] payload, Type type) throws IOException {
          try {
            return mapper.readValue(payload, mapper.constructType(type));
          } catch (JsonProcessingException e) {
            throw unreadable(e, type);
          }
        }

        @Override
        public byte[] write(Object value) {
          try {
            return mapper.writeValueAsBytes(value);
          } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
          }
        }
      };
    }
  }

  /** Returns an exception without Jackson's message, which quotes the payload. */
  private static IOException unreadable(Exception failure, Type type) {
    return new IOException(failure.getClass().getSimpleName() + " for " + type.getTypeName());
  }
}
