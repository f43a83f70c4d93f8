// Which builds of Espruino have SHA-256, and so can check signatures and take modules; the others can't, and nothing pretends.
//
// Source: Espruino's boards/*.py at the commit below (2v29.277): `'SHA256'` in the list of libraries compiles `require("crypto").SHA256` in (USE_SHA256 in
// make/crypto/*.make, libs/crypto/jswrap_crypto.c). A line that is commented out is none. Of other builds we know nothing:
// type require("crypto").SHA256 at the prompt.

export const ESPRUINO_COMMIT = "c5ff787b199148c31ef2776fb6f70673cba01a25";

/** Names of boards/<name>.py. */
export const WITH_SHA256: readonly string[] = [
  "BANGLEJS2", "BANGLEJS2_IFLASH", "BANGLEJS2_NOFLASH", "CURIO", "EMSCRIPTEN2", "EPAPER_BADGE", "ESP32", "ESP32C3_IDF4", "ESP32S3_IDF4", "ESP32_CYD", "ESPRUINOWIFI", "LINUX", "MDBT42Q", "PICO_R1_3", "PUCKJS", "PUCKJS_LITE", "PUCKJS_NETWORK",
  "RAK5010", "RASPBERRYPI", "RUUVITAG", "STM32L496GDISCOVERY", "STM32L496STEMCELL", "XIAOBLE",
];

export const WITHOUT_SHA256: readonly string[] = [
  "BANGLEJS", "BANGLEJS2_LINUX", "BANGLEJS2_TEST", "BANGLEJS3", "DICKENS", "DTNO1_F5", "EMBED", "EMSCRIPTEN", "EMSCRIPTEN3", "ESP32_IDF4", "ESP8266_4MB", "ESP8266_BOARD", "ESPRUINOBOARD", "HEXBADGE", "HYSTM32_24", "HYSTM32_28", "HYSTM32_32", "ID205",
  "JOLTJS", "MICROBIT1", "MICROBIT2", "NRF51822DK", "NRF52832DK", "NRF52840DK", "NRF54L15DK", "NUCLEOF401RE", "NUCLEOF411RE", "NUCLEOF767ZI", "PIPBOY", "PIPBOY_LINUX", "PIXLJS", "PIXLJS_WIZ", "PUCKJS_MINIMAL", "RAK8211", "RAK8212", "RP2040_PICO",
  "RP2350_PICO2", "SMARTIBOT", "STM32F3DISCOVERY", "STM32F405RG", "STM32F4DISCOVERY", "STM32F4LCD", "STM32VLDISCOVERY", "THINGY52", "WIO_LTE",
];
