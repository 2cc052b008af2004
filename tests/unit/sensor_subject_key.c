/* SPDX-License-Identifier: Apache-2.0 */
/* subject_key: variants of one campaign's subject fold to one value, other subjects keep apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/judge/subject_key.h"

static const struct {
    const char *subject, *key;
} table[] = {
    /* without a digit: blanks alone are looked for */
    {"Plain words alone", "Plain words alone"},
    {"two  blanks", "two blanks"},
    {" a\ttab ", "a tab"},
    {"春 の\xe3\x80\x80 便り", "春の便り"},
    {"Réunion  à jeudi", "Réunionàjeudi"},
    {"caf\xc3\xa9 noir\xc2\xa0" "ce soir", "caf\xc3\xa9noir ce soir"},
    {"\xc2\xa0\xe3\x80", "\xe3\x80"},
    {"-: ends , ", "ends"},
    {"[SPAM] plain words", "plain words"},
    {"ご案内：カタログ\xe3\x80\x80【春】", "ご案内：カタログ【春】"},
    {"お支払い方法の情報を更新", "お支払い方法の情報を更新"},
    {"【ご注意】Amazonプライム会費のお支払い方法に問題があります #919-46486047",
     "【ご注意】Amazonプライム会費のお支払い方法に問題があります"},
    {"えきねっとアカウントの自動退会処理について。メール番号:Ek2023-61205782",
     "えきねっとアカウントの自動退会処理について。メール番号"},
    {"えきねっとアカウントの自動退会処理について。メール番号:Ek2012-99697334",
     "えきねっとアカウントの自動退会処理について。メール番号"},
    {"「PayPay」異常な活動があります。関連確認を行ってください。自動配信番号61836",
     "「PayPay」異常な活動があります。関連確認を行ってください。自動配信番号"},
    {"ご利用確認のお知らせ(ETC利用照会サービス)2023/6/25", "ご利用確認のお知らせ(ETC利用照会サービス)"},
    {"[spam] !-あなたのメールは今日非アクティブとしてマークされました, 2025/5/9 7:00:55",
     "!-あなたのメールは今日非アクティブとしてマークされました"},
    {"[spam] 「えきねっと」サービスが一時停止されました。", "「えきねっと」サービスが一時停止されました。"},
    {"***SPAM*** [SPAM] Your parcel", "Your parcel"},
    {"Your   order\t has  shipped", "Your order has shipped"},
    {"Invoice 2023-06-25 no.77 due", "Invoice due"},
    {"2023年6月25日のお知らせ", "のお知らせ"},
    {"重要 な　お知らせ", "重要なお知らせ"},
    /* Where a run of other characters, or of a token, is passed in one go: blanks and numbers behind them are still seen, a number that a
     * token holds at its end is that token's, and what is no character is passed like one. */
    {"重要　なお知らせ\xc2\xa0" "です 12345", "重要なお知らせです"},
    {"é\xc2\xa0ü　z9-8_7 Z12345 n4321", "éüz9-8_7"},
    {"\xe3\x80 x\xe3 \xc2y \xff\x80 no.1", "\xe3\x80x\xe3\xc2y\xff\x80"},
    {"Windows 11 update", "Windows 11 update"},
    {"Ticket AB-123456-X closed", "Ticket closed"},
    {"Meeting at 10:30 today", "Meeting at today"},
    {"119", "119"},
    {"12345678", "12345678"},
    {"", ""},
    {"#", "#"},
};

static void folds(void **state)
{
    struct mem m;
    struct arena a;

    (void)state;
    mem_init(&m, 0);
    arena_init(&a, &m, 1 << 20);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct span key = subject_key(&a, span_cstr(table[i].subject));

        if (!span_eq(key, span_cstr(table[i].key)))
            fail_msg("%s: got '%.*s', want '%s'", table[i].subject, SPAN_FMT(key), table[i].key);
    }
    assert_null(subject_key(&a, (struct span){NULL, 0}).p);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(folds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
