/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the corpus: sentences of seven languages, each in the charsets mail uses for it. */
#include "phrases.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 24 }; /* phrases of one use in one language */

/* Only characters that every decoder maps alike: no wave dash, no vendor rows, no half-width kana.
 */
static const char *const WORDS[LANGUAGES][PHRASE_USES][MOST] = {
    [EN] =
        {[SENTENCE] =
             {"Thank you for your order, which we received this morning and are now preparing.",
              "The meeting has been moved to Thursday afternoon because the large room is being painted.",
              "Please find the minutes of last week below, and send me whatever I have forgotten.",
              "Our spring collection is here, with lighter fabrics and the colours you asked for.",
              "We have updated the terms of service, and nothing that you need to do follows from it.",
              "Your parcel left the warehouse and should arrive within two working days.",
              "The backup of the file server took longer than usual, but finished without errors.",
              "Members save twenty percent on everything until Sunday evening.",
              "I looked at the figures again and I think the third column was added twice.",
              "If you no longer wish to hear from us, one click below is enough.",
              "The patch applies cleanly, but the second test fails on machines with little memory.",
              "Could you confirm the delivery address before we hand the goods over to the carrier?",
              "There will be tea, cake and a short tour of the new laboratory afterwards.",
              "A new statement is available in your account under Documents.",
              "The train leaves at 7.45 from platform 12, so let us meet ten minutes earlier.",
              "This offer cannot be combined with other vouchers and is valid while stocks last."},
         [TITLE] = {"Your order has been shipped", "Spring is here: twenty percent off everything",
                    "Minutes of the meeting on Thursday", "Monthly newsletter",
                    "Re: figures for the third quarter", "Nightly backup report",
                    "Reminder: your invoice is due", "New arrivals for the weekend",
                    "[devel] patch: handle short reads",
                    "A quick question about the delivery address"},
         [PERSON] = {"Alice Marsh", "Tom Whitfield", "Support Team", "The Weekly Digest",
                     "Rebecca Holt", "Orders"},
         [BUTTON] = {"Shop now", "Read more", "View details", "Confirm", "Track parcel"},
         [SEE] = {"More: ", "Details at ", "See ", "The page is ", "Download: "}},
    [DE] =
        {[SENTENCE] =
             {"Vielen Dank für Ihre Bestellung, die wir heute früh erhalten haben und nun prüfen.",
              "Die Besprechung wird auf Donnerstag verlegt, weil der große Saal gestrichen wird.",
              "Anbei die Übersicht für März; bitte melden Sie sich, falls etwas fehlt.",
              "Unsere Frühjahrsneuheiten sind da, leichter und in schöneren Farben als je zuvor.",
              "Ihr Paket hat das Lager verlassen und müsste in zwei Werktagen ankommen.",
              "Für Rückfragen stehen wir Ihnen wochentags von 9 bis 17 Uhr zur Verfügung.",
              "Möchten Sie keine weiteren Nachrichten erhalten, genügt ein Klick auf den Verweis unten.",
              "Die Änderung läuft auf allen Rechnern außer auf dem ältesten der drei Prüfstände.",
              "Die Rechnung über 148,50 EUR ist am Monatsende fällig."},
         [TITLE] = {"Ihre Bestellung wurde versandt", "Neuigkeiten für den Frühling",
                    "Änderung der Öffnungszeiten", "Rückfrage zur Lieferung",
                    "Protokoll der Besprechung", "Rechnung für März"},
         [PERSON] = {"Jürgen Müller", "Käthe Schäfer", "Kundendienst", "Büro Köln"},
         [BUTTON] = {"Jetzt ansehen", "Mehr erfahren", "Zum Angebot", "Bestätigen"},
         [SEE] = {"Mehr dazu: ", "Siehe ", "Näheres unter "}},
    [FR] = {[SENTENCE] =
                {"Merci de votre commande, que nous avons bien reçue et que nous préparons déjà.",
                 "La réunion est reportée à jeudi, car la grande salle sera repeinte.",
                 "Découvrez la collection de printemps, plus légère et à des prix très doux.",
                 "Votre colis a quitté l'entrepôt et devrait arriver sous deux jours ouvrés.",
                 "Pour ne plus recevoir nos messages, il suffit de cliquer sur le lien ci-dessous.",
                 "Le relevé du mois de février est à présent disponible dans votre espace.",
                 "À bientôt, et n'hésitez pas à nous écrire si quelque chose vous paraît étrange."},
            [TITLE] = {"Votre commande a été expédiée", "Les nouveautés du printemps",
                       "Réunion reportée à jeudi", "Votre facture de février",
                       "Dernière journée : livraison gratuite dès 30 euros"},
            [PERSON] = {"Hélène Dupré", "François Lefèvre", "Service clientèle"},
            [BUTTON] = {"Découvrir", "En savoir plus", "Je réserve"},
            [SEE] = {"Voir ", "Détails : "}},
    [JA] =
        {[SENTENCE] = {"平素より当店をご利用いただき、誠にありがとうございます。",
                       "ご注文の商品は本日発送いたしました。お届けまで今しばらくお待ちください。",
                       "会議は木曜日の午後に変更となりましたので、ご確認をお願いいたします。",
                       "春の新作が続々と入荷しております。この機会にぜひご覧ください。",
                       "会員の皆様には、日曜日まで全品二割引きでご提供いたします。",
                       "請求書を添付いたしますので、内容をご確認のうえご返信ください。",
                       "配信停止をご希望の方は、下記のページよりお手続きをお願いいたします。",
                       "先週のバックアップは正常に終了しましたが、通常より時間がかかりました。",
                       "お支払い方法の更新が必要な場合は、マイページからお手続きいただけます。",
                       "お忙しいところ恐れ入りますが、今週中にお返事をいただけますと幸いです。",
                       "本メールは送信専用アドレスからお送りしています。",
                       "ポイントの有効期限が近づいております。お早めにご利用ください。"},
         [TITLE] = {"ご注文ありがとうございます", "【重要】会議日程変更のお知らせ",
                    "春の新作入荷のご案内", "請求書送付の件", "ポイント有効期限のお知らせ",
                    "今週のおすすめ商品とキャンペーン情報", "発送完了のお知らせ",
                    "メンテナンス実施のお知らせ"},
         [PERSON] = {"山田太郎", "佐藤花子", "カスタマーサービス", "オンラインショップ事務局",
                     "鈴木一郎"},
         [BUTTON] = {"今すぐ見る", "詳しくはこちら", "購入手続きへ", "確認する"},
         [SEE] = {"詳しくはこちら→", "公式サイト：", "ご確認ください "}},
    [ZH] = {[SENTENCE] = {"感谢您的订单，我们今天早上已经收到，正在为您准备。",
                          "会议改到星期四下午，请各位同事准时参加。",
                          "春季新品已经上市，会员可以享受八折优惠。",
                          "您的包裹已经离开仓库，预计两个工作日内送达。",
                          "如果您不想再收到我们的邮件，请点击下面的链接。",
                          "附件是上个月的报表，请查收并确认。"},
            [TITLE] = {"您的订单已发货", "会议时间变更通知", "春季新品上市", "三月份报表"},
            [PERSON] = {"王小明", "客户服务中心", "李华"},
            [BUTTON] = {"立即查看", "了解更多"},
            [SEE] = {"详情请见 ", "网址："}},
    [KO] = {[SENTENCE] = {"주문해 주셔서 감사합니다. 상품을 준비하고 있습니다.",
                          "회의가 목요일 오후로 변경되었으니 참고하시기 바랍니다.",
                          "봄 신상품이 입고되었습니다. 회원님께는 이십 퍼센트 할인해 드립니다.",
                          "고객님의 소포가 창고에서 출발하였으며 이틀 안에 도착할 예정입니다.",
                          "수신을 원하지 않으시면 아래 링크를 눌러 주십시오."},
            [TITLE] = {"주문이 발송되었습니다", "회의 시간 변경 안내", "봄 신상품 안내"},
            [PERSON] = {"김영수", "고객센터"},
            [BUTTON] = {"지금 보기", "자세히 보기"},
            [SEE] = {"자세히 보기: ", "홈페이지 "}},
    [RU] = {[SENTENCE] =
                {"Спасибо за ваш заказ, мы получили его сегодня утром и уже готовим к отправке.",
                 "Совещание перенесено на четверг, потому что в большом зале идёт ремонт.",
                 "Ваша посылка покинула склад и прибудет в течение двух рабочих дней.",
                 "Если вы больше не хотите получать наши письма, нажмите на ссылку ниже."},
            [TITLE] = {"Ваш заказ отправлен", "Перенос совещания", "Весенние новинки"},
            [PERSON] = {"Иван Петров", "Служба поддержки"},
            [BUTTON] = {"Подробнее", "Смотреть"},
            [SEE] = {"Подробнее: ", "Смотрите "}},
};

static const char *const NAMES[CHARSETS] = {
    "us-ascii",  "utf-8",  "iso-8859-1", "windows-1252", "iso-2022-jp",
    "Shift_JIS", "EUC-JP", "gb2312",     "euc-kr",       "koi8-r"};

static struct phrase converted[LANGUAGES][CHARSETS][PHRASE_USES][MOST];

const char *charset_name(enum charset cs)
{
    return NAMES[cs];
}

size_t charset_convert(enum charset cs, const char *utf8, size_t n, char *out, size_t cap)
{
    static iconv_t open[CHARSETS];
    char *in = NULL, *to = out;
    size_t left = cap;

    if (!open[cs])
        open[cs] = iconv_open(NAMES[cs], "UTF-8");
    if (open[cs] == (iconv_t)-1) {
        fprintf(stderr, "corpus: iconv does not know %s\n", NAMES[cs]);
        exit(1);
    }
    memcpy(&in, &utf8, sizeof(in)); /* iconv's prototype lacks the const; it does not write there */
    iconv(open[cs], NULL, NULL, NULL, NULL);
    if (iconv(open[cs], &in, &n, &to, &left) == (size_t)-1 ||
        iconv(open[cs], NULL, NULL, &to, &left)) {
        fprintf(stderr, "corpus: not in %s: %s\n", NAMES[cs], utf8);
        exit(1);
    }
    return cap - left;
}

static uint32_t phrase_count(enum language lang, enum phrase_use use)
{
    uint32_t n = 0;
    while (n < MOST && WORDS[lang][use][n])
        n++;
    return n;
}

struct phrase phrase_pick(struct prng *p, enum language lang, enum charset cs, enum phrase_use use)
{
    uint32_t i = prng_below(p, phrase_count(lang, use));
    struct phrase *ph = &converted[lang][cs][use][i];

    if (!ph->data) {
        char bytes[1024];
        const char *utf8 = WORDS[lang][use][i];
        ph->len = charset_convert(cs, utf8, strlen(utf8), bytes, sizeof(bytes) - 1);
        bytes[ph->len] = 0;
        ph->data = strdup(bytes);
    }
    return *ph;
}
